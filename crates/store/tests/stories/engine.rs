//! What only the SQLite engine promises: its files, its lock, its groups, and how it fails.

use crate::house::{Folder, House, MORNING, account, join, post, room};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use store::accounts::AccountWrite;
use store::import::{ImportLine, ImportWrite};
use store::messages::Anchor;
use store::rooms::{RoomKind, RoomWrite};
use store::sqlite::Options;
use store::{Ack, Cid, Error, Millis, Origin, Row, Seq, Write};
use tokio::task::JoinSet;

async fn reopened(folder: &Folder) -> House {
    House::in_folder(folder.path(), Options::default()).await.unwrap()
}

fn unavailable(answer: Result<Ack, Error>) -> String {
    match answer {
        Err(Error::Unavailable(why)) => why,
        other => panic!("not unavailable but {other:?}"),
    }
}

#[tokio::test]
async fn what_was_answered_is_there_after_reopening() {
    let folder = Folder::new();
    let house = reopened(&folder).await;
    house.people(&["ada", "bo"]).await;
    house.room("garden", &["ada", "bo"]).await;
    let first = house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "hello")).await.unwrap();
    let (g, epoch) = (house.g().await, house.db.epoch().await.unwrap());
    let rooms = house.db.rooms_of("bo").await.unwrap();
    drop(house);

    let house = reopened(&folder).await;
    assert_eq!((house.g().await, house.db.epoch().await.unwrap()), (g, epoch));
    assert_eq!(house.db.rooms_of("bo").await.unwrap(), rooms);
    let again = house.write_once(Some("ada"), "c1", "messages.send", post("garden", "ada", "hello")).await;
    assert_eq!(again.unwrap(), first);
    let (ack, told) = house.told(post("garden", "bo", "hi")).await;
    assert_eq!((ack.g, ack.seq, told[0].p), (g + 1, Some(3), g));
    house.db.close().await;
    assert!(unavailable(house.write(post("garden", "bo", "too late")).await).contains("closed"));
    assert!(matches!(house.db.user("ada").await, Err(Error::Unavailable(_))));
    house.db.close().await;
    // Closed is closed: the folder is free although the handle is still held.
    let other = reopened(&folder).await;
    assert_eq!(other.room_row("garden").await.head, 3);
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let folder = Folder::new();
    let house = reopened(&folder).await;
    let second = House::in_folder(folder.path(), Options::default()).await.err().unwrap();
    assert!(second.to_string().contains("another process has"), "{second}");
    assert!(store::sqlite::migrate(folder.path()).is_err());
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder.path()), mode(&folder.path().join("parlour.db"))), (0o700, 0o600));
    drop(house);
    reopened(&folder).await;
}

#[tokio::test]
async fn the_command_line_asks_for_the_schema() {
    let folder = Folder::new();
    assert_eq!(store::sqlite::schema(folder.path()).unwrap(), None);
    assert!(!folder.path().exists());
    let schema = store::sqlite::migrate(folder.path()).unwrap();
    assert!(schema >= 1);
    assert_eq!(store::sqlite::schema(folder.path()).unwrap(), Some(schema));
    assert_eq!(store::sqlite::migrate(folder.path()).unwrap(), schema);
}

#[tokio::test]
async fn many_at_once_are_told_in_groups_and_in_order() {
    let house = Arc::new(House::on_sqlite().await);
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

#[tokio::test]
async fn a_refused_write_does_not_touch_its_group() {
    let house = Arc::new(House::on_sqlite().await);
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

#[tokio::test]
async fn posts_come_through_a_group_that_is_applied_twice() {
    let house = Arc::new(House::on_sqlite().await);
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

#[tokio::test]
async fn what_was_answered_survives_a_crash() {
    let (folder, crashed) = (Folder::new(), Folder::new());
    let house = reopened(&folder).await;
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let mut last = 0;
    for number in 0..50 {
        last = house.say("garden", "ada", &format!("number {number}")).await;
    }
    // The files as a crash would leave them: nothing was closed, the log is not carried over.
    std::fs::create_dir_all(crashed.path()).unwrap();
    for file in ["parlour.db", "parlour.db-wal"] {
        std::fs::copy(folder.path().join(file), crashed.path().join(file)).unwrap();
    }
    let after = reopened(&crashed).await;
    assert_eq!((after.g().await, after.room_row("garden").await.head), (house.g().await, last));
    let page = after.db.page("garden", "ada", Anchor::Newest, 100).await.unwrap();
    assert_eq!(page.messages.last().map(|message| message.text.as_str()), Some("number 49"));
    assert_eq!(page.messages.len() as Seq, last);
    assert_eq!(after.say("garden", "ada", "on we go").await, last + 1);
}

#[tokio::test]
async fn a_collision_is_internal_and_harms_nobody_else() {
    let house = House::on_sqlite().await;
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

fn line(number: usize) -> ImportLine {
    let mut digest = [0; 16];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    let text = format!("{number} ").repeat(200);
    ImportLine { author: Some("ada".into()), text, time: MORNING, mentions: vec![], reply_to: None, digest }
}

#[tokio::test]
async fn a_full_disk_is_survived() {
    let folder = Folder::new();
    let options = Options { most_bytes: Some(600 * 1024), ..Options::default() };
    let house = House::in_folder(folder.path(), options).await.unwrap();
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    house.say("garden", "ada", "there is room").await;
    let (g, told) = (house.g().await, house.sink.all().len());
    let lines = (0..4000).map(line).collect();
    let flood = Write::Import(ImportWrite::Lines { room: "garden".into(), lines });
    for _ in 0..3 {
        unavailable(house.write(flood.clone()).await);
    }
    // Nothing of it is there, and what fits is still written.
    assert_eq!((house.g().await, house.sink.all().len()), (g, told));
    assert_eq!(house.room_row("garden").await.head, 1);
    assert_eq!(house.say("garden", "ada", "still room").await, 2);
    assert_eq!(house.sink.all().last().map(|change| (change.g, change.p)), Some((g + 1, g)));
    drop(house);

    let house = reopened(&folder).await;
    house.write(flood).await.unwrap();
    let page = house.db.page("garden", "ada", Anchor::Newest, 1).await.unwrap();
    assert_eq!(page.messages[0].seq, 4002);
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

/// The `seq` that `ada` posts at, or posted at before, with that `cid`.
async fn say_once(house: &House, cid: String, at: Millis) -> Seq {
    let origin = Origin { user: Some("ada".into()), cid: Some(Cid(cid)), command: "messages.send", at };
    house.db.write(origin, post("garden", "ada", "hello")).await.unwrap().seq.unwrap()
}

#[tokio::test]
async fn intentions_are_forgotten_after_a_month() {
    let house = Arc::new(House::on_sqlite().await);
    house.people(&["ada"]).await;
    house.room("garden", &["ada"]).await;
    let say_many = async |name: &'static str, many: u64, at: Millis| {
        let mut all = JoinSet::new();
        for number in 0..many {
            let house = house.clone();
            all.spawn(async move { say_once(&house, format!("{name}{number}"), at).await });
        }
        all.join_all().await
    };
    let day = 24 * 60 * 60 * 1000;
    let first = say_once(&house, "old".into(), MORNING).await;
    say_many("young", 700, MORNING + 29 * day).await;
    assert_eq!(say_once(&house, "old".into(), MORNING + 29 * day).await, first);
    say_many("new", 1400, MORNING + 31 * day).await;
    assert!(say_once(&house, "old".into(), MORNING + 31 * day).await > first);
    // Younger ones are still known.
    let head = house.room_row("garden").await.head;
    say_many("young", 700, MORNING + 31 * day).await;
    assert_eq!(house.room_row("garden").await.head, head);
}

#[tokio::test]
async fn writes_apply_in_the_order_of_their_handing_over() {
    let house = Arc::new(House::on_sqlite().await);
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
