//! Other people's Socket.IO clients, each a process of its own, talking in one room.

mod ordinary;
pub(crate) mod talker;

use talker::{Talker, missing, no_browser};
use tests::gathering::Gathering;
use tests::server::Setting;
use tests::{Outcome, check};

const TRANSPORTS: [&str; 3] = ["default", "websocket", "polling"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_talks_by_every_transport_and_carries_on_after_a_restart() -> Outcome {
    if let Some(reason) = missing() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let mut gathering = Gathering::of(3, Setting::default()).await?;
    let mut talkers = Vec::new();
    for transports in TRANSPORTS {
        talkers.push(Talker::node(&gathering, 0, transports)?);
        talkers.push(Talker::python(&gathering, 1, "talk_sync.py", transports)?);
        talkers.push(Talker::python(&gathering, 2, "talk_async.py", transports)?);
    }
    talkers.push(Talker::node(&gathering, 0, "msgpack")?);
    for talker in &mut talkers {
        let transport = talker.ready().await?;
        let asked = talker.name.rsplit(' ').next().unwrap_or_default();
        check!(["default", "msgpack"].contains(&asked) || asked == transport, "{} talks by {transport}", talker.name);
    }
    everybody_speaks(&mut talkers, "before").await?;
    let status = gathering.server.stop().await?;
    check!(status.success(), "the server ended with {status}:\n{}", gathering.server.log());
    gathering.server.again().await?;
    for talker in &mut talkers {
        talker.ready().await?;
    }
    everybody_speaks(&mut talkers, "after").await?;
    gathering.server.kill().await?;
    gathering.server.again().await?;
    for talker in &mut talkers {
        talker.ready().await?;
    }
    everybody_speaks(&mut talkers, "after a power cut").await?;
    for talker in talkers {
        talker.leave().await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_web_client_and_both_libraries_talk_in_one_room() -> Outcome {
    if let Some(reason) = missing().or_else(no_browser) {
        println!("skipped: {reason}");
        return Ok(());
    }
    let mut gathering = Gathering::of(3, Setting::default()).await?;
    let mut talkers = vec![
        Talker::browser(&gathering, 0)?,
        Talker::node(&gathering, 1, "default")?,
        Talker::python(&gathering, 2, "talk_async.py", "default")?,
    ];
    for talker in &mut talkers {
        talker.ready().await?;
    }
    everybody_speaks(&mut talkers, "before").await?;
    gathering.server.stop().await?;
    gathering.server.again().await?;
    for talker in &mut talkers[1..] {
        talker.ready().await?;
    }
    // The page says nothing when it is connected again: what is written meanwhile waits in it.
    everybody_speaks(&mut talkers, "after").await?;
    for talker in talkers {
        talker.leave().await?;
    }
    Ok(())
}

/// Each says one line, and each hears every line once.
async fn everybody_speaks(talkers: &mut [Talker], when: &str) -> Outcome {
    let mut lines = Vec::new();
    for talker in talkers.iter_mut() {
        let line = format!("{} says hello {when}", talker.name);
        talker.say(&line).await?;
        lines.push(line);
    }
    for talker in talkers.iter_mut() {
        talker.hears_once(&lines).await?;
    }
    Ok(())
}
