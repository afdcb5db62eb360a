//! What people report of other products, where a conversation does not suffice: the moments in between.

use serde_json::{Value, json};
use tests::device::Way;
use tests::gathering::{Gathering, cid, connected};
use tests::oracle;
use tests::proxy::Proxy;
use tests::rest::Rest;
use tests::server::Setting;
use tests::socket::Transport;
use tests::{Failure, Outcome, check, fail};

const ADA: usize = 0;
const BO: usize = 1;

async fn said(gathering: &Gathering, person: usize, text: &str) -> Outcome<u64> {
    let wish = json!({"room": gathering.room, "cid": cid(), "text": text});
    let sent = gathering.value(person, "messages.send", &wish).await?;
    sent["seq"].as_u64().ok_or_else(|| Failure(format!("sent without seq: {sent}")))
}

/// "I marked it as unread, and at the same moment the other window marked it as read."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mark_unread_racing_with_auto_read_ends_the_same_everywhere() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let laptop = gathering.device(ADA, Transport::WebSocket).await?;
    let phone = gathering.device(ADA, Transport::WebSocket).await?;
    let mut last = 0;
    for round in 0..30 {
        last = said(&gathering, BO, &format!("message {round}")).await?;
        let read = |seq: u64| json!({"room": gathering.room, "cid": cid(), "seq": seq});
        let (back, up) = (read(last - 1), read(last));
        let (one, two) = tokio::join!(
            laptop.call(&gathering.table, Way::Socket, "reads.set", &back),
            phone.call(&gathering.table, Way::Socket, "reads.set", &up),
        );
        for answer in [one?, two?] {
            check!(answer.is_ok(), "reading is refused: {answer:?}");
        }
        let shown = gathering.value(ADA, "rooms.get", &json!({"room": gathering.room})).await?;
        let right = |seen: &tests::device::Seen| {
            let held = seen.replica.memberships.get(&gathering.room);
            held.is_some_and(|held| held["read"] == shown["me"]["read"] && held["unread"] == shown["me"]["unread"])
        };
        laptop.wait("what the server says is read", right).await?;
        phone.wait("what the server says is read", right).await?;
    }
    check!(last >= 30, "only {last} messages were said");
    for device in [&laptop, &phone] {
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
    }
    Ok(())
}

/// "I had read everything, and the message that came just then was marked as read too."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_arrives_while_one_reads_stays_unread() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let ada = gathering.device(ADA, Transport::WebSocket).await?;
    let phone = gathering.device(ADA, Transport::Polling).await?;
    for round in 0..30 {
        let seen_last = said(&gathering, BO, &format!("seen {round}")).await?;
        let read = json!({"room": gathering.room, "cid": cid(), "seq": seen_last});
        let text = format!("arrives {round}");
        let (reading, arrived) =
            tokio::join!(ada.call(&gathering.table, Way::Socket, "reads.set", &read), said(&gathering, BO, &text),);
        check!(reading?.is_ok() && arrived? == seen_last + 1, "round {round} went otherwise");
        let one_unread = |seen: &tests::device::Seen| {
            let held = seen.replica.memberships.get(&gathering.room);
            held.is_some_and(|held| held["unread"] == json!(1) && held["read"] == json!(seen_last))
        };
        ada.wait("one unread", one_unread).await?;
        phone.wait("one unread", one_unread).await?;
        let counted = gathering.value(ADA, "reads.list", &json!({})).await?;
        check!(counted["unread"] == json!(1), "the server counts {counted}");
    }
    Ok(())
}

/// "It said that sending failed, I sent it again, and it was there twice."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_was_lost_is_sent_again_and_is_there_once() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let bo = gathering.device(BO, Transport::WebSocket).await?;
    let proxy = Proxy::to(gathering.server.address(), 7).await?;
    let account = gathering.accounts[ADA].clone();
    let rest = Rest::new(proxy.address(), None)?;
    let mut ada = tests::device::Device::new("ada", account, &rest, Transport::WebSocket);
    for round in 0..10 {
        connected(ada.connect(proxy.address()).await)?;
        ada.hello().await?;
        let text = format!("once {round}");
        let wish = json!({"room": gathering.room, "cid": cid(), "text": text});
        let lost = ada.socket()?.emit("messages.send", &wish).await?;
        // It arrived, for Bo sees it; its answer is lost with the connection, or has just come.
        bo.wait("it", |seen| seen.replica.messages.values().any(|message| message["text"] == json!(text))).await?;
        proxy.cut();
        drop(lost);
        ada.cut();
        gathering.value(ADA, "messages.send", &wish).await?;
    }
    let texts: Vec<Value> = gathering.history(BO).await?.iter().map(|message| message["text"].clone()).collect();
    for round in 0..10 {
        let times = texts.iter().filter(|text| **text == json!(format!("once {round}"))).count();
        check!(times == 1, "message {round} is there {times} times");
    }
    Ok(())
}

/// "Two of us wrote at the same moment, and each saw another order."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_of_the_same_millisecond_have_one_order_everywhere() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let ada = gathering.device(ADA, Transport::WebSocket).await?;
    let bo = gathering.device(BO, Transport::WebSocket).await?;
    let mut tries = 0;
    let history = loop {
        let mut waiting = Vec::new();
        for number in 0..20 {
            for device in [&ada, &bo] {
                let wish = json!({"room": gathering.room, "cid": cid(), "text": format!("{tries}.{number}")});
                waiting.push(device.socket()?.emit("messages.send", &wish).await?);
            }
        }
        for answer in waiting {
            check!(answer.await?["ok"] == json!(true), "a message was refused");
        }
        let history = gathering.history(ADA).await?;
        if history.windows(2).any(|pair| pair[0]["time"] == pair[1]["time"]) {
            break history;
        }
        tries += 1;
        if tries == 50 {
            fail!("no two of {} messages are of the same millisecond", history.len());
        }
    };
    let orderly = history.windows(2).all(|pair| pair[0]["time"].as_str() <= pair[1]["time"].as_str());
    check!(orderly, "a later message has an earlier time");
    for device in [&ada, &bo] {
        oracle::agree(device, &gathering.table, gathering.server.address()).await?;
        let seen = device.seen();
        let heard = seen.replica.messages.values().map(|message| &message["text"]);
        let texts: Vec<&Value> = heard.collect();
        let shown: Vec<&Value> = history[history.len() - texts.len()..].iter().map(|one| &one["text"]).collect();
        check!(texts == shown, "{} has another order than the history", device.name);
    }
    Ok(())
}

/// "My computer's clock was wrong, and my messages landed in the past."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_whose_clock_is_wrong_is_in_its_place() -> Outcome {
    let gathering = Gathering::of(2, Setting::default()).await?;
    let bo = gathering.device(BO, Transport::WebSocket).await?;
    // Ids of version 7 begin with the milliseconds since 1970: one of 1970, one of the year 10889.
    let clocks = ["00000000-0001-7000-8000-00000000000", "ffffffff-ffff-7fff-bfff-00000000000"];
    let mut right = Vec::new();
    for round in 0..6 {
        let wrong = format!("{}{round}", clocks[round % 2]);
        let wish = json!({"room": gathering.room, "cid": wrong, "text": format!("wrong {round}")});
        let first = gathering.value(ADA, "messages.send", &wish).await?;
        let again = gathering.value(ADA, "messages.send", &wish).await?;
        check!(first == again, "repeated: {first}, {again}");
        let seq = said(&gathering, BO, &format!("right {round}")).await?;
        right.extend([first["seq"].as_u64(), Some(seq)]);
    }
    check!(right.windows(2).all(|pair| pair[0] < pair[1]), "the order is {right:?}");
    let history = gathering.history(BO).await?;
    let orderly = history.windows(2).all(|pair| pair[0]["time"].as_str() <= pair[1]["time"].as_str());
    check!(orderly, "a time is the client's: {history:?}");
    let last = right.last().copied().flatten().unwrap_or(0);
    let place = (gathering.room.clone(), last);
    bo.wait("the last", |seen| seen.replica.messages.contains_key(&place)).await?;
    oracle::agree(&bo, &gathering.table, gathering.server.address()).await
}
