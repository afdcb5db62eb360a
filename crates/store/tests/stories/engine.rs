//! What only the SQLite engine promises: its files, its lock, what it forgets, and how it fails.

use crate::house::{Folder, House, MORNING, post};
use std::os::unix::fs::PermissionsExt;
use store::import::{ImportLine, ImportWrite};
use store::messages::Anchor;
use store::sqlite::Options;
use store::{Ack, Error, Seq, Write};

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
