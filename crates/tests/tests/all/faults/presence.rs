//! A node dies with people on it: others see them go within seconds, unless they are elsewhere.

use super::{House, skipped};
use serde_json::json;
use std::time::Duration;
use tests::device::Device;
use tests::gathering::{Gathering, connected};
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Outcome, check};
use tokio::time::{Instant, sleep};

/// Within this a node that died is noticed; a little more for a busy machine.
const NOTICED: Duration = Duration::from_secs(7);

/// A device of one person on one node.
async fn on(gathering: &Gathering, person: usize, node: usize) -> Outcome<Device> {
    let account = gathering.accounts[person].clone();
    let rest = gathering.server.rest(None)?;
    let mut device = Device::new(&account.username.clone(), account, &rest, Transport::WebSocket);
    connected(device.connect(gathering.server.nodes[node].address()).await)?;
    device.hello().await?;
    // Only who looks at a room sees who else is there.
    device.hello_from(json!({"g": 0})).await?;
    device.watch_screen().await?;
    Ok(device)
}

async fn shows(device: &Device, user: &str, presence: &str, limit: Duration) -> Outcome<Duration> {
    let begun = Instant::now();
    loop {
        if device.seen().presence.get(user).map_or("offline", String::as_str) == presence {
            return Ok(begun.elapsed());
        }
        check!(begun.elapsed() < limit, "{} does not see {user} {presence}", device.name);
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_a_node_that_dies_go_offline_unless_they_are_elsewhere() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let mut house = House::of(3, 4, Setting::default()).await?;
    let gathering = &house.gathering;
    let (ada, bo) = (on(gathering, 0, 0).await?, on(gathering, 1, 1).await?);
    let (cleo, dan) = (on(gathering, 2, 2).await?, on(gathering, 3, 2).await?);
    let dan_elsewhere = on(gathering, 3, 1).await?;
    let id = |device: &Device| device.account.id.clone();
    let people = [id(&ada), id(&bo), id(&cleo), id(&dan)];
    for device in [&ada, &bo, &cleo, &dan] {
        for person in people.iter().filter(|person| **person != device.account.id) {
            shows(device, person, "online", NOTICED).await?;
        }
    }
    house.gathering.server.nodes[2].kill().await?;
    let mut took = Duration::ZERO;
    for device in [&ada, &bo] {
        took = took.max(shows(device, &people[2], "offline", NOTICED).await?);
        check!(device.seen().presence[&people[3]] == "online", "{} sees Dan gone, who is elsewhere", device.name);
    }
    println!("a node that was killed: its people are offline after {} ms", took.as_millis());
    check!(dan_elsewhere.is_connected(), "the other node ended a connection");
    // Whoever comes back on another node is there again.
    let back = on(&house.gathering, 2, 0).await?;
    for device in [&ada, &bo] {
        shows(device, &people[2], "online", NOTICED).await?;
    }
    drop(back);
    for device in [&ada, &bo] {
        shows(device, &people[2], "offline", NOTICED).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_and_presence_are_seen_on_every_node_and_after_the_bus_was_away() -> Outcome {
    if skipped() {
        return Ok(());
    }
    let mut house = House::of(3, 3, Setting::default()).await?;
    for time in 0..2 {
        let gathering = &house.gathering;
        let devices = [on(gathering, 0, 0).await?, on(gathering, 1, 1).await?, on(gathering, 2, 2).await?];
        for device in &devices {
            for other in devices.iter().filter(|other| other.account.id != device.account.id) {
                shows(device, &other.account.id, "online", NOTICED).await?;
            }
        }
        let typing = json!({"room": gathering.room, "typing": true});
        let answer = devices[0].socket()?.call("typing.set", &typing).await?;
        check!(answer.is_ok(), "{answer:?}");
        for device in &devices[1..] {
            let place = (gathering.room.clone(), devices[0].account.id.clone());
            device.wait("Ada typing", |seen| seen.typing.get(&place) == Some(&true)).await?;
        }
        drop(devices);
        if time == 0 {
            house.nats.kill().await?;
            house.nats.again().await?;
            // Nodes try again with a pause between.
            sleep(Duration::from_secs(2)).await;
        }
    }
    Ok(())
}
