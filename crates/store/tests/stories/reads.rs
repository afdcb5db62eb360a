//! Read state: what is unread, what mentions one, on every device the same.

use crate::house::{House, MORNING, delete, direct, edit, join, kinds, leave, mentioning, read};
use store::import::{ImportLine, ImportWrite};
use store::{Refused, Row, Seq, Write};

async fn garden(house: &House) {
    house.people(&["ada", "bo", "cy"]).await;
    house.room("garden", &["ada", "bo"]).await;
}

async fn unread(house: &House, room: &str, user: &str) -> u64 {
    let (_, member) = house.db.room_for(room, user).await.unwrap().unwrap();
    member.unwrap().unread
}

pub async fn unread_counts_what_others_said(house: &House) {
    garden(house).await;
    for text in ["one", "two", "three"] {
        house.say("garden", "ada", text).await;
    }
    assert_eq!((unread(house, "garden", "bo").await, unread(house, "garden", "ada").await), (3, 0));
    let (ack, told) = house.told(read("bo", "garden", 3)).await;
    assert_eq!((kinds(&told), ack.seq), (vec!["read bo 3".to_owned()], Some(3)));
    let Row::Read { member, head, count } = &told[0].row else { panic!("{told:?}") };
    assert_eq!((member.unread, member.own_gv, *head, *count), (1, ack.g, 4, 3));
    assert_eq!(house.member("garden", "bo").await, *member);
    // Beyond the head is the head.
    let (ack, _) = house.told(read("bo", "garden", 99)).await;
    assert_eq!((ack.seq, unread(house, "garden", "bo").await), (Some(4), 0));
    assert_eq!(house.told(read("bo", "garden", 4)).await.0.g, 0);
    house.say("garden", "bo", "four").await;
    assert_eq!(house.member("garden", "bo").await.read, 5);
}

pub async fn lines_are_not_counted(house: &House) {
    garden(house).await;
    house.write(read("ada", "garden", 0)).await.unwrap();
    house.write(join("cy", "garden")).await.unwrap();
    house.write(leave("cy", "garden")).await.unwrap();
    assert_eq!(unread(house, "garden", "ada").await, 0);
    house.say("garden", "bo", "at last").await;
    assert_eq!((unread(house, "garden", "ada").await, house.room_row("garden").await.count), (1, 1));
    // Read up to a line between messages.
    house.write(read("ada", "garden", 3)).await.unwrap();
    assert_eq!(unread(house, "garden", "ada").await, 1);
}

pub async fn deletions_are_not_counted(house: &House) {
    garden(house).await;
    for text in ["one", "two", "three", "four"] {
        house.say("garden", "ada", text).await;
    }
    house.write(delete("garden", 3, "ada")).await.unwrap();
    assert_eq!(unread(house, "garden", "bo").await, 3);
    house.write(read("bo", "garden", 3)).await.unwrap();
    assert_eq!(unread(house, "garden", "bo").await, 2);
    house.write(delete("garden", 2, "ada")).await.unwrap();
    assert_eq!(unread(house, "garden", "bo").await, 2);
    house.write(read("bo", "garden", 0)).await.unwrap();
    assert_eq!(unread(house, "garden", "bo").await, 2);
}

pub async fn reading_back_raises_the_version(house: &House) {
    garden(house).await;
    for text in ["one", "two"] {
        house.say("garden", "ada", text).await;
    }
    let mut seen = Vec::new();
    for seq in [3, 2, 3, 3, 0, 1] {
        house.write(read("bo", "garden", seq)).await.unwrap();
        let member = house.member("garden", "bo").await;
        seen.push((member.read, member.version));
    }
    assert_eq!(seen, [(3, 0), (2, 1), (3, 1), (3, 1), (0, 2), (1, 2)]);
}

pub async fn reading_is_refused_to_strangers(house: &House) {
    garden(house).await;
    assert_eq!(house.refused(read("cy", "garden", 1)).await, Refused::NotAMember);
    assert_eq!(house.refused(read("ada", "nowhere", 1)).await, Refused::NotAMember);
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.refused(read("bo", "garden", 1)).await, Refused::NotAMember);
}

pub async fn totals_are_over_all_rooms(house: &House) {
    garden(house).await;
    house.write(direct("pair", &["ada", "bo"])).await.unwrap();
    house.room("other", &["ada"]).await;
    house.write(mentioning("garden", "ada", "@bo", &["bo"])).await.unwrap();
    house.say("garden", "ada", "again").await;
    house.say("pair", "ada", "psst").await;
    house.say("other", "ada", "to myself").await;
    assert_eq!(house.db.totals("bo").await.unwrap(), (3, 1));
    assert_eq!(house.db.totals("ada").await.unwrap(), (0, 0));
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!(house.db.totals("bo").await.unwrap(), (1, 0));
}

pub async fn mentions_are_counted_until_read(house: &House) {
    garden(house).await;
    let at_bo = async |text: &str| house.write(mentioning("garden", "ada", text, &["bo"])).await.unwrap().seq.unwrap();
    let (first, second, third) = (at_bo("one").await, at_bo("two").await, at_bo("three").await);
    let mentions = async || house.member("garden", "bo").await.mentions;
    assert_eq!(mentions().await, 3);
    house.write(read("bo", "garden", first)).await.unwrap();
    assert_eq!(mentions().await, 2);
    house.write(delete("garden", second, "ada")).await.unwrap();
    assert_eq!(mentions().await, 1);
    house.write(edit("garden", third, "ada", "nobody any more")).await.unwrap();
    assert_eq!(mentions().await, 0);
    house.write(read("bo", "garden", 0)).await.unwrap();
    assert_eq!(mentions().await, 1);
}

/// A line of a history from elsewhere, of its own.
fn line(number: u64) -> ImportLine {
    let mut digest = [0; 16];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    let text = format!("line {number}");
    ImportLine { author: Some("ada".into()), text, time: MORNING, mentions: vec![], reply_to: None, digest }
}

pub async fn a_long_history_is_counted_exactly(house: &House) {
    garden(house).await;
    let lines = (0..1100).map(line).collect();
    house.write(Write::Import(ImportWrite::Lines { room: "garden".into(), lines })).await.unwrap();
    let deleted: Vec<Seq> = (2..1101).filter(|seq| seq % 7 == 0 || (250..262).contains(seq) || *seq == 1024).collect();
    for seq in &deleted {
        house.write(delete("garden", *seq, "ada")).await.unwrap();
    }
    // Before, at and after where blocks meet; `seq` 1 is the line of bo's coming.
    for read_to in [0, 1, 2, 100, 254, 255, 256, 257, 258, 511, 512, 513, 767, 768, 1022, 1023, 1024, 1025, 1100, 1101]
    {
        house.write(read("bo", "garden", read_to)).await.unwrap();
        let said = (2..=1101).filter(|seq| *seq > read_to && !deleted.contains(seq)).count() as u64;
        assert_eq!(unread(house, "garden", "bo").await, said, "after {read_to}");
    }
}
