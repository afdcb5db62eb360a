//! What is put to messages and kept beside them: reactions, pins, saved messages, drafts, calls to everybody.

use crate::house::{
    House, begin, call, choose, delete, direct, edit, hide, kinds, leave, mentioning, pin, post, react, read, save,
};
use store::Refused;
use store::messages::MessageRow;
use store::reactions::Reaction;

async fn garden(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
}

async fn message(house: &House, seq: u64) -> MessageRow {
    house.db.message("garden", seq, "ada").await.unwrap().unwrap()
}

fn reaction(emoji: &str, users: &[&str]) -> Reaction {
    let users: Vec<String> = users.iter().map(|user| user.to_string()).collect();
    Reaction { emoji: emoji.into(), count: users.len() as u64, users }
}

pub async fn reactions_stand_in_order_of_first_use(house: &House) {
    garden(house).await;
    let seq = house.say("garden", "ada", "hello").await;
    house.write(react("garden", seq, "bo", "+", true)).await.unwrap();
    house.write(react("garden", seq, "ada", "-", true)).await.unwrap();
    let (ack, told) = house.told(react("garden", seq, "ada", "+", true)).await;
    assert_eq!(kinds(&told), [format!("message {seq}")]);
    let now = message(house, seq).await;
    assert_eq!((now.gv, now.edited), (ack.g, None));
    assert_eq!(now.reactions, [reaction("+", &["bo", "ada"]), reaction("-", &["ada"])]);
    // What is so already changes nothing; who was first and goes leaves the emoji where it is.
    assert_eq!(house.told(react("garden", seq, "ada", "+", true)).await.0.g, 0);
    assert_eq!(house.told(react("garden", seq, "bo", "-", false)).await.0.g, 0);
    house.write(react("garden", seq, "bo", "+", false)).await.unwrap();
    assert_eq!(message(house, seq).await.reactions, [reaction("+", &["ada"]), reaction("-", &["ada"])]);
    house.write(edit("garden", seq, "ada", "hello!")).await.unwrap();
    // Who edits is not in the way of who reacts: only other words are another message.
    let based_on = |gv| {
        let (room, by, text) = ("garden".to_owned(), "ada".to_owned(), format!("hello, {gv}"));
        let (mentions, all, expected) = (vec![], false, Some(gv));
        store::Write::Message(store::messages::MessageWrite::Edit { room, seq, by, text, mentions, all, expected })
    };
    let read = message(house, seq).await.gv;
    house.write(react("garden", seq, "bo", "!", true)).await.unwrap();
    house.write(pin("garden", seq, "bo", true)).await.unwrap();
    assert!(matches!(house.refused(based_on(read - 1)).await, Refused::Stale(_)));
    assert!(matches!(house.refused(based_on(read + 9)).await, Refused::Stale(_)));
    house.write(based_on(read)).await.unwrap();
    assert!(matches!(house.refused(based_on(read)).await, Refused::Stale(_)));
    house.write(react("garden", seq, "bo", "!", false)).await.unwrap();
    assert_eq!(message(house, seq).await.reactions.len(), 2);
    assert_eq!(house.refused(react("garden", 1, "ada", "+", true)).await, Refused::NoSuchMessage);
    assert_eq!(house.refused(react("garden", seq, "cy", "+", true)).await, Refused::NotAMember);
    house.write(delete("garden", seq, "ada")).await.unwrap();
    assert_eq!(message(house, seq).await.reactions, []);
    assert_eq!(house.refused(react("garden", seq, "ada", "+", true)).await, Refused::Deleted);
}

pub async fn fifty_are_named_and_all_are_counted(house: &House) {
    garden(house).await;
    let seq = house.say("garden", "ada", "hello").await;
    let people: Vec<String> = (0..52).map(|number| format!("p{number:02}")).collect();
    for user in &people {
        house.people(&[user]).await;
        house.write(crate::house::join(user, "garden")).await.unwrap();
        house.write(react("garden", seq, user, "+", true)).await.unwrap();
    }
    let shown = async || message(house, seq).await.reactions.remove(0);
    assert_eq!((shown().await.users, shown().await.count), (people[..50].to_vec(), 52));
    house.write(react("garden", seq, "p51", "+", false)).await.unwrap();
    assert_eq!((shown().await.users, shown().await.count), (people[..50].to_vec(), 51));
    house.write(react("garden", seq, "p00", "+", false)).await.unwrap();
    assert_eq!((shown().await.users, shown().await.count), (people[1..51].to_vec(), 50));
    for number in 1..50 {
        house.write(react("garden", seq, "ada", &format!("e{number}"), true)).await.unwrap();
    }
    assert_eq!(house.refused(react("garden", seq, "bo", "more", true)).await, Refused::TooMany(50));
    house.write(react("garden", seq, "bo", "e7", true)).await.unwrap();
}

pub async fn a_room_has_a_hundred_pins(house: &House) {
    garden(house).await;
    for number in 0..101 {
        house.say("garden", "ada", &format!("{number}")).await;
    }
    let first = house.room_row("garden").await.head - 100;
    for seq in first..first + 100 {
        house.write(pin("garden", seq, "bo", true)).await.unwrap();
    }
    assert_eq!(house.refused(pin("garden", first + 100, "bo", true)).await, Refused::TooMany(100));
    assert_eq!(house.told(pin("garden", first, "ada", true)).await.0.g, 0);
    house.write(pin("garden", first + 3, "ada", false)).await.unwrap();
    house.write(pin("garden", first + 100, "ada", true)).await.unwrap();
    house.write(delete("garden", first, "ada")).await.unwrap();
    house.write(hide("garden", first + 1, "ada")).await.unwrap();
    let shown = house.db.pins("garden", "ada").await.unwrap();
    let seqs: Vec<u64> = shown.iter().map(|message| message.seq - first).collect();
    assert_eq!((seqs[..3].to_vec(), seqs.len()), (vec![100, 99, 98], 98));
    assert_eq!(shown[0].pinned.as_ref().map(|pinned| pinned.by.as_str()), Some("ada"));
}

pub async fn what_is_saved_is_listed_while_it_can_be_seen(house: &House) {
    garden(house).await;
    let (one, two) = (house.say("garden", "ada", "one").await, house.say("garden", "ada", "two").await);
    let (_, told) = house.told(save("garden", one, "bo", true)).await;
    assert_eq!(kinds(&told), [format!("saved bo {one}")]);
    house.write(save("garden", two, "bo", true)).await.unwrap();
    assert_eq!(house.told(save("garden", two, "bo", true)).await.0.g, 0);
    let page = house.db.saved("bo", u64::MAX, 1).await.unwrap();
    assert_eq!((page.messages[0].seq, page.next.is_some()), (two, true));
    let page = house.db.saved("bo", page.next.unwrap(), 1).await.unwrap();
    assert_eq!((page.messages[0].seq, page.next), (one, None));
    assert_eq!(house.refused(save("garden", 99, "bo", true)).await, Refused::NoSuchMessage);
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.db.saved("bo", u64::MAX, 9).await.unwrap().messages, []);
    assert_eq!(house.refused(save("garden", one, "cy", false)).await, Refused::NotAMember);
    let (_, told) = house.told(save("garden", one, "bo", false)).await;
    assert_eq!(kinds(&told), [format!("unsaved bo {one}")]);
}

pub async fn a_draft_is_one_for_a_room(house: &House) {
    garden(house).await;
    let (_, told) = house.told(begin("bo", "garden", "I th")).await;
    assert_eq!(kinds(&told), ["draft bo I th"]);
    assert_eq!(house.told(begin("bo", "garden", "I th")).await.0.g, 0);
    house.write(begin("bo", "garden", "I think")).await.unwrap();
    assert_eq!(house.refused(begin("cy", "garden", "I think")).await, Refused::NotAMember);
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.refused(begin("bo", "garden", "I thought")).await, Refused::NotAMember);
    let (_, told) = house.told(begin("bo", "garden", "")).await;
    assert_eq!(kinds(&told), ["draft bo "]);
    for number in 0..100 {
        let room = format!("r{number}");
        house.room(&room, &["bo"]).await;
        house.write(begin("bo", &room, "I")).await.unwrap();
    }
    house.room("last", &["bo"]).await;
    assert_eq!(house.refused(begin("bo", "last", "I")).await, Refused::TooMany(100));
    house.write(begin("bo", "r7", "")).await.unwrap();
    house.write(begin("bo", "last", "I")).await.unwrap();
}

pub async fn settings_are_put_beside_those_there_are(house: &House) {
    garden(house).await;
    let (_, told) = house.told(choose("bo", &[("scheme", "dark"), ("size", "18")])).await;
    assert_eq!(kinds(&told), [r#"settings bo {"scheme": "dark", "size": "18"}"#]);
    assert_eq!(house.told(choose("bo", &[("scheme", "dark")])).await.0.g, 0);
    let (ack, told) = house.told(choose("bo", &[("scheme", ""), ("accent", "rose")])).await;
    assert_eq!(kinds(&told), [r#"settings bo {"accent": "rose", "size": "18"}"#]);
    let held = house.db.settings("bo").await.unwrap();
    assert_eq!((held.gv, held.values.len()), (ack.g, 2));
    assert_eq!(house.db.settings("ada").await.unwrap().gv, 0);
    let names: Vec<String> = (0..63).map(|number| format!("n{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
    assert_eq!(house.refused(choose("bo", &many)).await, Refused::TooMany(64));
    house.write(choose("bo", &many[..62])).await.unwrap();
}

pub async fn a_call_to_all_counts_once_for_everybody(house: &House) {
    garden(house).await;
    house.write(crate::house::join("cy", "garden")).await.unwrap();
    let mentions = async |user: &'static str| house.member("garden", user).await.mentions;
    let seq = house.write(call("garden", "ada", &["bo"])).await.unwrap().seq.unwrap();
    assert!(message(house, seq).await.all);
    house.write(mentioning("garden", "ada", "@bo", &["bo"])).await.unwrap();
    assert_eq!((mentions("bo").await, mentions("cy").await, mentions("ada").await), (2, 1, 0));
    // An edit takes the call away and leaves the name, or makes one.
    let named = |all: bool| {
        let (room, by, text) = ("garden".to_owned(), "ada".to_owned(), "again".to_owned());
        let mentions = vec!["bo".to_owned()];
        store::Write::Message(store::messages::MessageWrite::Edit {
            room,
            seq,
            by,
            text,
            mentions,
            all,
            expected: None,
        })
    };
    house.write(named(false)).await.unwrap();
    assert_eq!((mentions("bo").await, mentions("cy").await), (2, 0));
    house.write(named(true)).await.unwrap();
    assert_eq!((mentions("bo").await, mentions("cy").await), (2, 1));
    house.write(read("cy", "garden", seq)).await.unwrap();
    assert_eq!(mentions("cy").await, 0);
    house.write(delete("garden", seq, "ada")).await.unwrap();
    assert_eq!((mentions("bo").await, mentions("cy").await), (1, 0));
}

pub async fn a_mere_member_does_not_call_a_crowd(house: &House) {
    garden(house).await;
    house.write(direct("self", &["ada"])).await.unwrap();
    let alone = house.write(call("self", "ada", &[])).await.unwrap().seq.unwrap();
    assert!(!house.db.message("self", alone, "ada").await.unwrap().unwrap().all);
    for number in 0..98 {
        let user = format!("p{number}");
        house.people(&[&user]).await;
        house.write(crate::house::join(&user, "garden")).await.unwrap();
    }
    let called = async |user: &'static str| {
        let seq = house.write(call("garden", user, &[])).await.unwrap().seq.unwrap();
        message(house, seq).await.all
    };
    assert!(called("bo").await);
    house.write(crate::house::join("cy", "garden")).await.unwrap();
    assert!(!called("bo").await);
    assert!(called("ada").await);
    house.write(post("garden", "bo", "that was loud")).await.unwrap();
}
