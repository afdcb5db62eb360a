//! Notices and pushes: who wants to be told of what, whose browser is woken, and what of it was read.

use crate::house::{House, join, kinds, leave, post};
use crate::sessions::{end, start};
use store::members::{MemberWrite, Notify};
use store::pushes::{MOST, PushWrite, ReadTo, Subscription};
use store::{Millis, Refused, Seq, Write};

fn notify(user: &str, room: &str, notify: Notify, muted: Option<Millis>) -> Write {
    Write::Member(MemberWrite::Notify { user: user.into(), room: room.into(), notify, muted })
}

pub fn subscription(session: &str, user: &str, endpoint: &str) -> Subscription {
    let (session, user, endpoint) = (session.to_owned(), user.to_owned(), endpoint.to_owned());
    Subscription { session, user, endpoint, p256dh: vec![4, 0, 255], auth: vec![1; 16] }
}

fn subscribe(session: &str, user: &str, endpoint: &str) -> Write {
    PushWrite::Subscribe(subscription(session, user, endpoint)).into()
}

fn sent(room: &str, seq: Seq, sessions: &[&str]) -> Write {
    let sessions = sessions.iter().map(|session| session.to_string()).collect();
    PushWrite::Sent { room: room.into(), seq, sessions }.into()
}

async fn recipients(house: &House, named: &[&str], everybody: bool) -> Vec<String> {
    let named: Vec<String> = named.iter().map(|user| user.to_string()).collect();
    let found = house.db.recipients("garden", &named, everybody).await.unwrap();
    let mut sessions: Vec<String> = found.into_iter().map(|one| one.subscription.session).collect();
    sessions.sort();
    sessions
}

async fn pushed(house: &House, user: &str, seq: Seq) -> Vec<String> {
    let read = ReadTo { user: user.into(), room: "garden".into(), seq };
    let found = house.db.pushed(vec![read]).await.unwrap();
    found.into_iter().map(|one| one.subscription.session).collect()
}

/// Ada and Bo in the garden; Ada with two sessions, of which each has a subscription, Bo with one.
async fn garden(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
    for (session, user) in [("one", "ada"), ("two", "ada"), ("three", "bo"), ("four", "cy")] {
        house.write(start(session, user)).await.unwrap();
        house.write(subscribe(session, user, &format!("https://push.example/{session}"))).await.unwrap();
    }
}

pub async fn each_room_has_its_notices(house: &House) {
    garden(house).await;
    let (ack, told) = house.told(notify("bo", "garden", Notify::Mentions, Some(77))).await;
    assert_eq!((kinds(&told).as_slice(), ack.g > 0), (["read bo 1".to_owned()].as_slice(), true));
    let member = house.member("garden", "bo").await;
    assert_eq!((member.notify, member.muted, member.own_gv), (Notify::Mentions, Some(77), ack.g));
    let (ack, told) = house.told(notify("bo", "garden", Notify::Mentions, Some(77))).await;
    assert_eq!((ack.g, told.len()), (0, 0));
    house.write(post("garden", "bo", "hello")).await.unwrap();
    assert_eq!(house.member("garden", "bo").await.notify, Notify::Mentions);
    assert_eq!(house.refused(notify("cy", "garden", Notify::All, None)).await, Refused::NotAMember);
    // Whoever comes again is told as usual.
    house.write(leave("bo", "garden")).await.unwrap();
    house.write(join("bo", "garden")).await.unwrap();
    let member = house.member("garden", "bo").await;
    assert_eq!((member.notify, member.muted), (Notify::Usual, None));
}

pub async fn a_subscription_is_its_sessions(house: &House) {
    garden(house).await;
    assert!(house.db.is_subscribed("one").await.unwrap());
    assert_eq!(recipients(house, &["ada", "cy"], false).await, ["one", "two"]);
    assert_eq!(house.db.subscribers("", 9).await.unwrap(), ["ada", "ada", "bo", "cy"]);
    assert_eq!(house.db.subscribers("ada", 1).await.unwrap(), ["bo"]);
    // A browser in which somebody else signs in is theirs.
    house.write(subscribe("three", "bo", "https://push.example/one")).await.unwrap();
    assert!(!house.db.is_subscribed("one").await.unwrap());
    assert_eq!(recipients(house, &["ada", "bo"], false).await, ["three", "two"]);
    assert_eq!(house.refused(subscribe("one", "bo", "https://push.example/x")).await, Refused::NoSuchSession);
    house.write(end("ada", "two")).await.unwrap();
    assert_eq!(recipients(house, &["ada", "bo"], false).await, ["three"]);
    assert_eq!(house.refused(subscribe("two", "ada", "https://push.example/x")).await, Refused::NoSuchSession);
    house.write(PushWrite::Gone { endpoint: "https://push.example/one".into() }).await.unwrap();
    assert!(recipients(house, &["ada", "bo"], false).await.is_empty());
    house.write(PushWrite::Unsubscribe { session: "four".into() }).await.unwrap();
    assert!(!house.db.is_subscribed("four").await.unwrap());
}

pub async fn nobody_has_more_than_ten_subscriptions(house: &House) {
    house.people(&["ada"]).await;
    for number in 0..=MOST {
        house.write(start(&format!("s{number}"), "ada")).await.unwrap();
        let write = subscribe(&format!("s{number}"), "ada", &format!("https://push.example/{number}"));
        if number < MOST {
            house.write(write).await.unwrap();
        } else {
            assert_eq!(house.refused(write).await, Refused::TooMany(MOST));
        }
    }
    // The session's own one is replaced.
    house.write(subscribe("s3", "ada", "https://push.example/new")).await.unwrap();
    house.write(end("ada", "s4")).await.unwrap();
    house.write(subscribe(&format!("s{MOST}"), "ada", "https://push.example/newer")).await.unwrap();
}

pub async fn those_who_want_everything_are_found(house: &House) {
    garden(house).await;
    assert!(recipients(house, &[], false).await.is_empty());
    house.write(notify("bo", "garden", Notify::All, Some(99))).await.unwrap();
    assert_eq!(recipients(house, &[], false).await, ["three"]);
    assert_eq!(recipients(house, &["bo", "ada"], false).await, ["one", "three", "two"]);
    let found = house.db.recipients("garden", &[], false).await.unwrap();
    assert_eq!((found[0].notify, found[0].muted, found[0].read), (Notify::All, Some(99), 1));
    assert_eq!(found[0].subscription, subscription("three", "bo", "https://push.example/three"));
    assert_eq!(recipients(house, &[], true).await, ["one", "three", "two"]);
    house.write(leave("bo", "garden")).await.unwrap();
    assert!(recipients(house, &["bo"], false).await.is_empty());
}

pub async fn what_was_sent_is_known_until_it_is_read(house: &House) {
    garden(house).await;
    house.write(sent("garden", 5, &["one", "three", "nobody"])).await.unwrap();
    assert!(pushed(house, "ada", 4).await.is_empty());
    assert_eq!(
        (pushed(house, "ada", 5).await, pushed(house, "bo", 9).await),
        (vec!["one".into()], vec!["three".into()])
    );
    house.write(sent("garden", 7, &["one"])).await.unwrap();
    assert!(house.db.is_pushed("one", "garden", 7).await.unwrap());
    assert!(!house.db.is_pushed("one", "garden", 5).await.unwrap());
    let of = async |seq| house.db.pushed_of("garden", seq).await.unwrap();
    let ids =
        |found: Vec<store::pushes::Pushed>| found.into_iter().map(|one| one.subscription.session).collect::<Vec<_>>();
    assert_eq!((ids(of(5).await), ids(of(7).await)), (vec!["three".to_owned()], vec!["one".to_owned()]));
    let settled = |seq| PushWrite::Settled { pushed: vec![("one".into(), "garden".into(), seq)] };
    house.write(settled(6)).await.unwrap();
    assert_eq!(pushed(house, "ada", 7).await, ["one"]);
    house.write(settled(7)).await.unwrap();
    assert!(pushed(house, "ada", 7).await.is_empty());
    house.write(PushWrite::Unsubscribe { session: "three".into() }).await.unwrap();
    house.write(subscribe("three", "bo", "https://push.example/three")).await.unwrap();
    assert!(pushed(house, "bo", 9).await.is_empty());
}

pub async fn the_key_is_made_once(house: &House) {
    assert_eq!(house.db.push_key().await.unwrap(), None);
    for key in [vec![1, 2, 3], vec![4]] {
        house.write(PushWrite::Key { key }).await.unwrap();
    }
    assert_eq!(house.db.push_key().await.unwrap(), Some(vec![1, 2, 3]));
}

pub async fn a_commit_says_what_was_posted_in_it(house: &House) {
    garden(house).await;
    let ack = house.write(post("garden", "ada", "hello")).await.unwrap();
    assert_eq!(house.sink.last().posted, [ack.g]);
    house.write(crate::house::edit("garden", ack.seq.unwrap(), "ada", "hello!")).await.unwrap();
    assert!(house.sink.last().posted.is_empty());
    house.write(crate::house::react("garden", ack.seq.unwrap(), "bo", "+", true)).await.unwrap();
    assert!(house.sink.last().posted.is_empty());
}
