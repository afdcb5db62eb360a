//! Power cuts while people are sending: what was acknowledged is there once, in order.

use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::time::Duration;
use tests::device::{Device, Way};
use tests::gathering::{Gathering, cid, connected};
use tests::server::{Setting, Stage};
use tests::socket::Transport;
use tests::{Outcome, check, fail};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How many power cuts there are unless `PARLOUR_CUTS` says otherwise, and how many moments of a commit are tried.
const CUTS: u32 = 20;
const SENDERS: usize = 4;

/// What one sender tried: in order, each with its `cid`, its text, and its `seq` if it was acknowledged.
struct Tried(Vec<(String, String, Option<u64>)>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_power_cuts() -> Outcome {
    power_cuts(Stage::Sqlite, CUTS).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_power_cuts_of_a_server_on_postgres() -> Outcome {
    power_cuts(Stage::Postgres, CUTS / 4).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_power_cuts_of_three_nodes() -> Outcome {
    power_cuts(Stage::Cluster, CUTS / 4).await
}

async fn power_cuts(stage: Stage, usually: u32) -> Outcome {
    if let Some(reason) = stage.skipped() {
        println!("skipped: {reason}");
        return Ok(());
    }
    let cuts = env::var("PARLOUR_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(usually);
    let mut gathering = Gathering::of(SENDERS, Setting { stage, ..Setting::default() }).await?;
    // Up to here everything was checked after an earlier cut.
    let mut checked = 0;
    let (mut acknowledged, mut repeated) = (0, 0);
    for cut in 0..cuts {
        let tried = send_until_cut(&mut gathering, cut).await?;
        gathering.server.again().await?;
        check_kept(&gathering, &tried, checked).await?;
        repeated += send_the_rest(&gathering, &tried, (cut, checked)).await?;
        let said = gathering.history_after(0, checked).await?;
        checked += said.len() as u64;
        acknowledged += tried.iter().flat_map(|tried| &tried.0).filter(|one| one.2.is_some()).count();
    }
    println!(
        "{cuts} power cuts: {acknowledged} acknowledged, {repeated} repeated with their cid, none lost or doubled"
    );
    check!(acknowledged > cuts as usize, "only {acknowledged} messages were acknowledged: the test did not load");
    Ok(())
}

async fn send_until_cut(gathering: &mut Gathering, cut: u32) -> Outcome<Vec<Tried>> {
    let mut senders = JoinSet::new();
    for person in 0..SENDERS {
        let device = gathering.device(person, Transport::WebSocket).await?;
        let (room, table) = (gathering.room.clone(), gathering.table.clone());
        senders.spawn(async move {
            let mut tried = Vec::new();
            for number in 0.. {
                let (cid, text) = (cid(), format!("cut {cut}, person {person}, message {number}"));
                let wish = json!({"room": room, "cid": cid, "text": text});
                let answer = device.call(&table, Way::Socket, "messages.send", &wish).await;
                let seq = answer.ok().and_then(|answer| answer.ok()).and_then(|value| value["seq"].as_u64());
                tried.push((cid, text, seq));
                if seq.is_none() {
                    break;
                }
            }
            (person, Tried(tried))
        });
    }
    // Different moments of the commits are hit.
    sleep(Duration::from_millis(60 + 13 * u64::from(cut % CUTS))).await;
    gathering.server.kill().await?;
    let mut tried = BTreeMap::new();
    while let Some(done) = senders.join_next().await {
        let (person, one) = done?;
        tried.insert(person, one);
    }
    Ok(tried.into_values().collect())
}

async fn check_kept(gathering: &Gathering, tried: &[Tried], checked: u64) -> Outcome {
    let history = gathering.history_after(0, checked).await?;
    for (index, message) in history.iter().enumerate() {
        check!(
            message["seq"] == json!(checked + index as u64 + 1),
            "a hole or a repetition at place {index}: {message}"
        );
    }
    let times = times(&history);
    for (cid, text, seq) in tried.iter().flat_map(|tried| &tried.0) {
        let found = times.get(text.as_str()).copied().unwrap_or(0);
        check!(found <= 1, "{text:?} ({cid}) is there {found} times");
        if let Some(seq) = seq {
            let at = usize::try_from(seq.saturating_sub(checked))?;
            let there =
                at.checked_sub(1).and_then(|at| history.get(at)).is_some_and(|message| message["text"] == json!(text));
            check!(there, "{text:?} was acknowledged as #{seq}, there is {:?}", history.get(at.saturating_sub(1)));
        }
    }
    for tried in tried {
        let seqs: Vec<u64> = tried.0.iter().filter_map(|one| one.2).collect();
        check!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "acknowledged out of order: {seqs:?}");
    }
    Ok(())
}

/// Repeats what was not acknowledged, by both ways in turn, twice each.
async fn send_the_rest(gathering: &Gathering, tried: &[Tried], (cut, checked): (u32, u64)) -> Outcome<usize> {
    let mut repeated = 0;
    for (person, tried) in tried.iter().enumerate() {
        let device = gathering.device(person, Transport::WebSocket).await?;
        for (cid, text, _) in tried.0.iter().filter(|one| one.2.is_none()) {
            let wish = json!({"room": gathering.room, "cid": cid, "text": text});
            let way = if cut.is_multiple_of(2) { Way::Socket } else { Way::Rest };
            let first = accepted(&device, gathering, way, &wish).await?;
            let again = accepted(&device, gathering, way.other(), &wish).await?;
            check!(first == again, "one cid, two answers: {first} and {again}");
            repeated += 1;
        }
    }
    let history = gathering.history_after(0, checked).await?;
    let times = times(&history);
    for (_, text, _) in tried.iter().flat_map(|tried| &tried.0) {
        check!(times.get(text.as_str()) == Some(&1), "{text:?} is there {:?} times", times.get(text.as_str()));
    }
    Ok(repeated)
}

async fn accepted(device: &Device, gathering: &Gathering, way: Way, wish: &Value) -> Outcome<Value> {
    match device.call(&gathering.table, way, "messages.send", wish).await? {
        Ok(value) => Ok(value),
        Err(error) => fail!("a repetition was refused: {error}"),
    }
}

fn times(history: &[Value]) -> HashMap<&str, usize> {
    let mut times = HashMap::new();
    for text in history.iter().filter_map(|message| message["text"].as_str()) {
        *times.entry(text).or_insert(0) += 1;
    }
    times
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graceful_stop_finishes_what_is_in_flight() -> Outcome {
    let mut gathering = Gathering::of(2, Setting::default()).await?;
    let (mut ada, mut bo) =
        (gathering.device(0, Transport::WebSocket).await?, gathering.device(1, Transport::Polling).await?);
    let mut waiting = Vec::new();
    for number in 0..20 {
        let wish = json!({"room": gathering.room, "cid": cid(), "text": format!("in flight {number}")});
        waiting.push(ada.socket()?.emit("messages.send", &wish).await?);
    }
    let status = gathering.server.stop().await?;
    check!(status.success(), "it ended with {status}:\n{}", gathering.server.log());
    ada.cut_off().await?;
    bo.cut_off().await?;
    let mut acknowledged = Vec::new();
    for answer in waiting {
        if let Ok(answer) = answer.await {
            acknowledged.extend(answer["value"]["seq"].as_u64());
        }
    }
    gathering.server.again().await?;
    for device in [&mut ada, &mut bo] {
        device.cut();
        connected(device.connect(gathering.server.address()).await)?;
        device.hello().await?;
    }
    let history = gathering.history(0).await?;
    for seq in &acknowledged {
        check!(history.iter().any(|message| message["seq"] == json!(seq)), "#{seq} was acknowledged and is gone");
    }
    let last = history.last().and_then(|message| message["seq"].as_u64()).unwrap_or(0);
    let place = (gathering.room.clone(), last);
    bo.wait("the last message", |seen| seen.replica.messages.contains_key(&place)).await
}
