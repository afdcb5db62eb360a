//! Writes that share a transaction: in order, each on its own, and all or none when the engine fails.

use crate::house::{Folder, House, account, edit, join, leave, mentioning, post, room};
use std::sync::Arc;
use store::accounts::AccountWrite;
use store::rooms::{RoomKind, RoomWrite};
use store::sqlite::Options;
use store::{Ack, Error, Row, Seq, Write};
use tokio::task::JoinSet;

pub async fn many_at_once_are_told_in_groups_and_in_order(house: &Arc<House>) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let house = house.clone();
            tokio::spawn(async move {
                let author = if writer % 2 == 0 { "ada" } else { "bo" };
                let mut seqs: Vec<Seq> = Vec::new();
                for number in 0..5 {
                    seqs.push(house.say("garden", author, &format!("{number} of {writer}")).await);
                }
                seqs
            })
        })
        .collect();
    let mut all = Vec::new();
    for writer in writers {
        let seqs = writer.await.unwrap();
        assert!(seqs.is_sorted(), "{seqs:?}");
        all.extend(seqs);
    }
    all.sort_unstable();
    assert_eq!(all, (2..=321).collect::<Vec<_>>());
    house.check_chains();
    let groups = house.sink.groups();
    assert!(groups.iter().any(|group| group.len() > 1), "nothing was grouped");
    let told: Vec<Seq> = house
        .sink
        .all()
        .iter()
        .filter_map(|change| match &change.row {
            Row::Message(message) => Some(message.seq),
            _ => None,
        })
        .collect();
    assert_eq!(told, (1..=321).collect::<Vec<_>>());
}

/// Opens a direct room under a title of its own.
fn titled(id: &str, users: &[&str]) -> Write {
    let mut sorted: Vec<String> = users.iter().map(|user| user.to_string()).collect();
    sorted.sort();
    let (id, subject, opener) = (id.to_owned(), id.to_owned(), users[0].to_owned());
    Write::Room(RoomWrite::OpenDirect { id, opener, users: sorted, subject })
}

pub async fn a_refused_write_does_not_touch_its_group(house: &Arc<House>) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada"]).await;
    let before = house.g().await;
    let writes = (0..100).map(|number| {
        let house = house.clone();
        tokio::spawn(async move {
            // Every other one is for somebody unknown, which is noticed only after rows were written.
            let possible = number % 2 == 0;
            let other = if possible { "ada" } else { "nobody" };
            let made = house.write(titled(&format!("pair{number}"), &["bo", other])).await;
            assert_eq!(made.is_ok(), possible, "{made:?}");
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap();
    }
    house.check_chains();
    assert_eq!(house.db.rooms_of("bo").await.unwrap().len(), 50);
    assert_eq!(house.db.room_ids_of("bo").await.unwrap().len(), 50);
    // Two people's places and memberships each.
    assert_eq!(house.g().await, before + 50 * 4);
}

pub async fn posts_come_through_a_group_that_is_applied_twice(house: &Arc<House>) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada"]).await;
    let say = |house: Arc<House>, author: &'static str, number: u64| async move {
        let write = post("garden", author, &format!("number {number}"));
        house.write_once(Some(author), &format!("c{number}"), "messages.send", write).await
    };
    let mut posts = JoinSet::new();
    for number in 0..90 {
        let house = house.clone();
        posts.spawn(async move {
            match number % 3 {
                0 => (number, Some(say(house, "ada", number).await)),
                1 => (number, Some(say(house, "bo", number).await)),
                _ => {
                    // Refused only after rows were written: its group is undone, and applied again with care.
                    let impossible = titled(&format!("pair{number}"), &["ada", "nobody"]);
                    assert!(house.write(impossible).await.is_err());
                    (number, None)
                }
            }
        });
    }
    let mut first: Vec<(u64, Ack)> = Vec::new();
    for (number, answer) in posts.join_all().await {
        match answer {
            Some(Ok(ack)) => first.push((number, ack)),
            Some(Err(error)) => assert!(number % 3 == 1 && matches!(error, Error::Refused(_)), "{number}: {error}"),
            None => {}
        }
    }
    let mut seqs: Vec<Seq> = first.iter().filter_map(|(_, ack)| ack.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=30).collect::<Vec<_>>());
    house.check_chains();
    for (number, ack) in first {
        assert_eq!(say(house.clone(), "ada", number).await.unwrap(), ack);
        let message = house.db.message("garden", ack.seq.unwrap(), "ada").await.unwrap().unwrap();
        assert_eq!((message.text, message.gv), (format!("number {number}"), ack.g));
    }
    assert_eq!(house.db.room_ids_of("ada").await.unwrap(), ["garden"]);
    // What was refused was not remembered.
    house.write(join("bo", "garden")).await.unwrap();
    assert_eq!(say(house.clone(), "bo", 1).await.unwrap().seq, Some(32));
    assert_eq!(house.room_row("garden").await.count, 31);
}

pub async fn a_collision_is_internal_and_harms_nobody_else(house: &Arc<House>) {
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let again = house.write(room("garden", "ada", RoomKind::Public)).await.unwrap_err();
    assert!(matches!(again, Error::Internal(_)), "{again}");
    let Write::Account(mut double) = account("ada") else { panic!("not an account") };
    let AccountWrite::Create { name_key, skeleton, .. } = &mut double else { panic!("not a new account") };
    (*name_key, *skeleton) = ("other".into(), "other".into());
    let again = house.write(Write::Account(double)).await.unwrap_err();
    assert!(matches!(again, Error::Internal(_)), "{again}");
    assert_eq!(house.say("garden", "ada", "still here").await, 1);
    house.check_chains();
}

#[tokio::test]
async fn everybody_in_a_failed_group_is_told_so() {
    let folder = Folder::new();
    let options = Options { most_bytes: Some(600 * 1024), ..Options::default() };
    let house = Arc::new(House::in_folder(folder.path(), options).await.unwrap());
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let long = "x".repeat(9_000);
    let mut said = Vec::new();
    // Until it is full: what was answered with a number is there, what was not is not.
    while said.len() < 20_000 {
        let posts: Vec<_> = (0..32)
            .map(|_| {
                let (house, text) = (house.clone(), long.clone());
                tokio::spawn(async move { house.write(post("garden", "ada", &text)).await })
            })
            .collect();
        let mut failed = false;
        for post in posts {
            match post.await.unwrap() {
                Ok(ack) => said.extend(ack.seq),
                Err(Error::Unavailable(_)) => failed = true,
                Err(other) => panic!("{other}"),
            }
        }
        if failed {
            break;
        }
    }
    said.sort_unstable();
    assert!(!said.is_empty());
    assert_eq!(said, (1..=said.len() as Seq).collect::<Vec<_>>());
    assert_eq!(house.room_row("garden").await.head, said.len() as Seq);
    house.check_chains();
}

pub async fn writes_apply_in_the_order_of_their_handing_over(house: &Arc<House>) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada"]).await;
    // Handed over at once by one task: the join comes first, although nothing is awaited between.
    for _ in 0..20 {
        let (joined, said) = tokio::join!(house.write(join("bo", "garden")), house.write(post("garden", "bo", "hi")));
        joined.unwrap();
        said.unwrap();
        house.write(crate::house::leave("bo", "garden")).await.unwrap();
    }
}

pub async fn a_commit_says_where_each_of_its_rooms_stands_and_whom_a_change_concerns(house: &Arc<House>) {
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
    let now = || house.sink.last().rooms["garden"];
    let seq = house.say("garden", "ada", "hello").await;
    assert_eq!((now().kind, now().head, now().count, now().time), (RoomKind::Public, seq, 1, Some(house.now())));
    house.write(mentioning("garden", "ada", "@bo", &["bo"])).await.unwrap();
    assert!(house.sink.last().concerns.is_empty(), "the row itself names whom it mentions");
    let posted = house.now();
    let (ack, _) = house.told(edit("garden", seq + 1, "ada", "nobody")).await;
    assert_eq!((now().head, now().count, now().time, now().g), (seq + 1, 2, Some(posted), ack.g));
    assert_eq!(house.sink.last().concerns[&ack.g].users, ["bo"]);
    house.write(join("ada", "garden")).await.unwrap();
    house.write(leave("bo", "garden")).await.unwrap();
    assert_eq!((now().head, now().count), (seq + 2, 2), "a line of the room's own is not countable");
}
