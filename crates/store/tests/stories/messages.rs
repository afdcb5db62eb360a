//! Messages: posted, answered, edited, deleted, hidden, and history in pages.

use crate::house::{House, delete, direct, edit, hide, join, kinds, leave, mentioning, post};
use store::members::{MemberWrite, Role};
use store::messages::{Anchor, MessageKind, MessageWrite, Page};
use store::{Refused, Row, Seq, Write};

async fn garden(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
}

fn seqs(page: &Page) -> Vec<Seq> {
    page.messages.iter().map(|message| message.seq).collect()
}

pub async fn a_message_is_posted(house: &House) {
    garden(house).await;
    let (ack, told) = house.told(post("garden", "bo", "hello")).await;
    assert_eq!((ack.room.as_deref(), ack.seq, ack.at), (Some("garden"), Some(2), house.now()));
    let [change] = &told[..] else { panic!("{told:?}") };
    let Row::Message(message) = &change.row else { panic!("{change:?}") };
    assert_eq!((ack.g, message.gv, message.seq, message.n), (change.g, change.g, 2, 1));
    assert_eq!((message.kind, message.author.as_deref(), &*message.text), (MessageKind::Text, Some("bo"), "hello"));
    assert_eq!((message.time, message.edited, message.deleted), (house.now(), None, false));
    assert_eq!(house.db.message("garden", 2, "ada").await.unwrap().as_ref(), Some(message));
    assert_eq!(house.db.message("garden", 3, "ada").await.unwrap(), None);
    let room = house.room_row("garden").await;
    assert_eq!((room.head, room.count, room.g, room.head_time), (2, 1, ack.g, Some(house.now())));
    let author = house.member("garden", "bo").await;
    assert_eq!((author.read, author.own_gv, author.unread, author.version), (2, ack.g, 0, 0));
}

pub async fn only_members_post(house: &House) {
    garden(house).await;
    assert_eq!(house.refused(post("garden", "cy", "hi")).await, Refused::NotAMember);
    assert_eq!(house.refused(post("nowhere", "ada", "hi")).await, Refused::NotAMember);
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.refused(post("garden", "bo", "hi")).await, Refused::NotAMember);
}

pub async fn an_answer_needs_its_message(house: &House) {
    garden(house).await;
    let first = house.say("garden", "ada", "question").await;
    let answer = |reply_to: Seq| {
        Write::Message(MessageWrite::Post {
            room: "garden".into(),
            author: "bo".into(),
            text: "answer".into(),
            reply_to: Some(reply_to),
            mentions: vec![],
            all: false,
        })
    };
    for wrong in [0, first + 1, u64::MAX] {
        assert_eq!(house.refused(answer(wrong)).await, Refused::NoSuchMessage);
    }
    let seq = house.write(answer(first)).await.unwrap().seq.unwrap();
    assert_eq!(house.db.message("garden", seq, "ada").await.unwrap().unwrap().reply_to, Some(first));
}

pub async fn mentions_are_of_members(house: &House) {
    garden(house).await;
    let write = mentioning("garden", "ada", "@bo @cy @bo", &["bo", "cy", "bo", "nobody"]);
    let seq = house.write(write).await.unwrap().seq.unwrap();
    assert_eq!(house.db.message("garden", seq, "ada").await.unwrap().unwrap().mentions, ["bo"]);
    assert_eq!(house.member("garden", "bo").await.mentions, 1);
}

pub async fn an_edit_keeps_the_former_text(house: &House) {
    garden(house).await;
    let seq = house.write(mentioning("garden", "ada", "@bo one", &["bo"])).await.unwrap().seq.unwrap();
    let posted = house.now();
    let (ack, told) = house.told(edit("garden", seq, "ada", "two")).await;
    let edited = house.now();
    assert_eq!(kinds(&told), [format!("message {seq}")]);
    let now = house.db.message("garden", seq, "bo").await.unwrap().unwrap();
    assert_eq!((&*now.text, now.edited, now.gv, now.time), ("two", Some(edited), ack.g, posted));
    assert!(now.mentions.is_empty());
    let bo = house.member("garden", "bo").await;
    assert_eq!((bo.unread, bo.mentions), (1, 0));
    house.write(edit("garden", seq, "ada", "three")).await.unwrap();
    let revisions = house.db.revisions("garden", seq).await.unwrap();
    let revisions: Vec<_> = revisions.iter().map(|old| (&*old.text, old.time)).collect();
    assert_eq!(revisions, [("@bo one", posted), ("two", edited)]);
    let (ack, told) = house.told(edit("garden", seq, "ada", "three")).await;
    assert_eq!((ack.g, ack.seq, told.len()), (0, Some(seq), 0));
    let room = house.room_row("garden").await;
    assert_eq!((room.head, room.count), (seq, 1));
}

pub async fn an_edit_is_refused(house: &House) {
    garden(house).await;
    let seq = house.say("garden", "ada", "mine").await;
    assert_eq!(house.refused(edit("garden", seq, "bo", "yours")).await, Refused::NotAllowed);
    assert_eq!(house.refused(edit("garden", seq, "cy", "yours")).await, Refused::NotAMember);
    assert_eq!(house.refused(edit("garden", seq + 1, "ada", "none")).await, Refused::NoSuchMessage);
    // A line of the room's own.
    assert_eq!(house.refused(edit("garden", 1, "bo", "I never joined")).await, Refused::NoSuchMessage);
    let based_on = |expected| {
        let (room, by, text) = ("garden".to_owned(), "ada".to_owned(), "mine, edited".to_owned());
        Write::Message(MessageWrite::Edit {
            room,
            seq,
            by,
            text,
            mentions: vec![],
            all: false,
            expected: Some(expected),
        })
    };
    let now = house.db.message("garden", seq, "ada").await.unwrap().unwrap();
    assert_eq!(house.refused(based_on(now.gv - 1)).await, Refused::Stale(Box::new(now.clone())));
    house.write(based_on(now.gv)).await.unwrap();
    house.write(delete("garden", seq, "ada")).await.unwrap();
    assert_eq!(house.refused(edit("garden", seq, "ada", "back")).await, Refused::Deleted);
}

pub async fn a_deletion_leaves_a_tombstone(house: &House) {
    garden(house).await;
    let seq = house.write(mentioning("garden", "ada", "@bo oops", &["bo"])).await.unwrap().seq.unwrap();
    house.write(edit("garden", seq, "ada", "@bo ooops")).await.unwrap();
    let (ack, told) = house.told(delete("garden", seq, "ada")).await;
    assert_eq!(kinds(&told), [format!("message {seq} deleted")]);
    let now = house.db.message("garden", seq, "bo").await.unwrap().unwrap();
    assert!(now.deleted && now.text.is_empty() && now.mentions.is_empty() && now.edited.is_none());
    assert_eq!((now.gv, now.n, now.author.as_deref()), (ack.g, 1, Some("ada")));
    assert!(house.db.revisions("garden", seq).await.unwrap().is_empty());
    let bo = house.member("garden", "bo").await;
    assert_eq!((bo.unread, bo.mentions), (0, 0));
    let (ack, told) = house.told(delete("garden", seq, "ada")).await;
    assert_eq!((ack.g, told.len()), (0, 0));
}

pub async fn a_deletion_is_refused(house: &House) {
    garden(house).await;
    house.write(join("cy", "garden")).await.unwrap();
    let seq = house.say("garden", "bo", "mine").await;
    assert_eq!(house.refused(delete("garden", seq, "cy")).await, Refused::NotAllowed);
    assert_eq!(house.refused(delete("garden", 1, "ada")).await, Refused::NoSuchMessage);
    assert_eq!(house.refused(delete("garden", seq + 1, "ada")).await, Refused::NoSuchMessage);
    assert_eq!(house.refused(delete("garden", seq, "nobody")).await, Refused::NotAMember);
    let role =
        MemberWrite::SetRole { user: "cy".into(), room: "garden".into(), by: "ada".into(), role: Role::Moderator };
    house.write(Write::Member(role)).await.unwrap();
    house.write(delete("garden", seq, "cy")).await.unwrap();
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    let seq = house.say("pair", "ada", "between us").await;
    assert_eq!(house.refused(delete("pair", seq, "bo")).await, Refused::NotAllowed);
}

pub async fn a_message_is_hidden_for_one(house: &House) {
    garden(house).await;
    let seq = house.say("garden", "ada", "hello").await;
    let (ack, told) = house.told(hide("garden", seq, "bo")).await;
    assert_eq!(kinds(&told), [format!("hidden bo {seq}")]);
    assert_eq!(ack.seq, Some(seq));
    assert_eq!(house.db.message("garden", seq, "bo").await.unwrap(), None);
    assert!(house.db.message("garden", seq, "ada").await.unwrap().is_some());
    assert_eq!(house.told(hide("garden", seq, "bo")).await.0.g, 0);
    assert_eq!(house.refused(hide("garden", seq + 1, "bo")).await, Refused::NoSuchMessage);
    assert_eq!(house.refused(hide("garden", 0, "bo")).await, Refused::NoSuchMessage);
    assert_eq!(house.refused(hide("garden", seq, "cy")).await, Refused::NotAMember);
}

pub async fn history_is_paged(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let page = async |anchor, limit| {
        let page = house.db.page("garden", "ada", anchor, limit).await.unwrap();
        (seqs(&page), page.more_before, page.more_after)
    };
    assert_eq!(page(Anchor::Newest, 3).await, (vec![], false, false));
    for number in 1..=10 {
        house.say("garden", "ada", &format!("message {number}")).await;
    }
    assert_eq!(page(Anchor::Newest, 3).await, (vec![8, 9, 10], true, false));
    assert_eq!(page(Anchor::Newest, 10).await, ((1..=10).collect(), false, false));
    assert_eq!(page(Anchor::Before(8), 3).await, (vec![5, 6, 7], true, true));
    assert_eq!(page(Anchor::Before(3), 3).await, (vec![1, 2], false, true));
    assert_eq!(page(Anchor::Before(1), 3).await, (vec![], false, true));
    assert_eq!(page(Anchor::Before(99), 2).await, (vec![9, 10], true, false));
    assert_eq!(page(Anchor::After(8), 3).await, (vec![9, 10], true, false));
    assert_eq!(page(Anchor::After(0), 3).await, (vec![1, 2, 3], false, true));
    assert_eq!(page(Anchor::After(10), 3).await, (vec![], true, false));
    assert_eq!(page(Anchor::Around(5), 4).await, (vec![3, 4, 5, 6], true, true));
    assert_eq!(page(Anchor::Around(1), 5).await, (vec![1, 2, 3], false, true));
    assert_eq!(page(Anchor::Around(10), 5).await, (vec![8, 9, 10], true, false));
    assert_eq!(page(Anchor::Before(u64::MAX), 1).await, (vec![10], true, false));
    assert_eq!(page(Anchor::After(u64::MAX), 1).await, (vec![], true, false));
    assert_eq!(page(Anchor::Around(u64::MAX), 2).await, (vec![10], true, false));
}

pub async fn pages_leave_out_what_is_hidden(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    for number in 1..=6 {
        house.say("garden", "ada", &format!("message {number}")).await;
    }
    for seq in [1, 4, 6] {
        house.write(hide("garden", seq, "ada")).await.unwrap();
    }
    let page = house.db.page("garden", "ada", Anchor::Newest, 2).await.unwrap();
    assert_eq!((seqs(&page), page.more_before, page.more_after), (vec![3, 5], true, false));
    let page = house.db.page("garden", "ada", Anchor::Before(3), 2).await.unwrap();
    assert_eq!((seqs(&page), page.more_before, page.more_after), (vec![2], false, true));
    let page = house.db.page("garden", "ada", Anchor::After(5), 2).await.unwrap();
    assert_eq!((seqs(&page), page.more_before, page.more_after), (vec![], true, false));
}

pub async fn the_newest_hundred_former_texts_are_kept(house: &House) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let seq = house.say("garden", "ada", "text 0").await;
    for number in 1..=105 {
        house.write(edit("garden", seq, "ada", &format!("text {number}"))).await.unwrap();
    }
    let kept = house.db.revisions("garden", seq).await.unwrap();
    assert_eq!((kept.len(), &*kept[0].text, &*kept[99].text), (100, "text 5", "text 104"));
}
