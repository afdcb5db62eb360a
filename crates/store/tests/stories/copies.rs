//! Moving up and back: everything is there, nothing is changed at the source, and who was stopped goes on.

use crate::house::{Folder, House, post};
use crate::server::{Server, options};
use std::path::Path;
use store::copy::{Copied, Place, Progress, Step, copy};
use store::messages::Anchor;
use store::pushes::PushWrite;
use store::sync::Since;
use store::{Error, Seq};

fn sqlite(folder: &Folder) -> Place {
    Place::Sqlite(folder.path().to_owned())
}

fn postgres(server: &Server) -> Place {
    Place::Postgres { url: server.url(), options: options() }
}

/// Copies, and answers how many rows were copied in this run. Stops after `most`.
async fn copied(from: &Place, to: &Place, most: u64) -> Result<(Copied, u64), Error> {
    let (from, to) = (from.clone(), to.clone());
    let copying = tokio::task::spawn_blocking(move || {
        let (mut table, mut before, mut rows) = ("", 0, 0);
        let outcome = copy(&from, &to, &mut |progress: Progress| {
            if progress.step == Step::Copying {
                if table != progress.table {
                    (table, before) = (progress.table, rows);
                }
                rows = before + progress.rows;
                assert!(rows <= most, "stopped by the story");
            }
        });
        outcome.map(|copied| (copied, rows))
    });
    copying.await.unwrap_or_else(|stopped| Err(Error::Internal(stopped.to_string())))
}

fn refusal<T>(answer: Result<T, Error>) -> String {
    match answer {
        Err(error) => error.to_string(),
        Ok(_) => panic!("not refused"),
    }
}

/// A folder in which an afternoon was spent, with seven hundred messages at its end.
async fn lived_in() -> Folder {
    let folder = Folder::new();
    let house = House::in_folder(folder.path(), store::sqlite::Options::default()).await.unwrap();
    crate::random::afternoon(&house, 400).await;
    house.room("library", &["bo", "ada"]).await;
    for number in 0..700 {
        let cid = format!("c{number}");
        house.write_once(Some("bo"), &cid, "messages.send", post("library", "bo", "words ☂ and more")).await.unwrap();
    }
    house.write(crate::sessions::start("woken", "ada")).await.unwrap();
    let subscription = crate::pushes::subscription("woken", "ada", "https://push.example/1");
    house.write(PushWrite::Subscribe(subscription)).await.unwrap();
    house.write(PushWrite::Key { key: vec![0, 7, 255] }).await.unwrap();
    house.db.close().await;
    folder
}

/// What is shown of it, as text.
async fn shown(house: &House) -> Vec<String> {
    let mut all = vec![house.db.epoch().await.unwrap(), house.db.newest().await.unwrap().to_string()];
    all.push(format!("{:?} {}", house.db.push_key().await.unwrap(), house.db.is_subscribed("woken").await.unwrap()));
    for user in ["ada", "bo", "cy", "di", "ed"] {
        all.push(format!("{:?}", house.db.user(user).await.unwrap()));
        for (room, member) in house.db.rooms_of(user).await.unwrap() {
            all.push(format!("{room:?} {member:?}"));
            all.push(format!("{:?}", house.db.page(&room.id, user, Anchor::Newest, 2000).await.unwrap()));
            all.push(format!("{:?}", house.db.pins(&room.id, user).await.unwrap()));
        }
        let missed = house.db.missed(Since::new(user, 5, vec![], 10_000, 50)).await.unwrap();
        all.push(format!("{missed:?}", missed = missed.changes));
    }
    all
}

fn bytes(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("parlour.db")).unwrap()
}

#[tokio::test]
async fn everything_moves_up_and_back() {
    let Some(server) = Server::new().await else { return };
    let (folder, back) = (lived_in().await, Folder::new());
    let before = bytes(folder.path());
    let (up, rows) = copied(&sqlite(&folder), &postgres(&server), u64::MAX).await.unwrap();
    assert!(bytes(folder.path()) == before, "the source has changed");
    assert_eq!(rows, up.tables.iter().map(|(_, digest)| digest.rows).sum::<u64>());
    assert!(rows > 1500, "{rows}");
    let (down, _) = copied(&postgres(&server), &sqlite(&back), u64::MAX).await.unwrap();
    assert_eq!(up, down);

    let first = House::in_folder(folder.path(), store::sqlite::Options::default()).await.unwrap();
    let moved = House::at(&server.url(), options()).await.unwrap();
    let again = House::in_folder(back.path(), store::sqlite::Options::default()).await.unwrap();
    let expected = shown(&first).await;
    assert_eq!(shown(&moved).await, expected);
    assert_eq!(shown(&again).await, expected);
    // Life goes on, from the same number, and what was answered is known.
    let g = moved.db.newest().await.unwrap();
    let known = moved.write_once(Some("bo"), "c7", "messages.send", post("library", "bo", "words")).await.unwrap();
    assert!(known.g < g);
    let ack = moved.write_once(Some("bo"), "new", "messages.send", post("library", "bo", "here")).await.unwrap();
    assert_eq!(ack.g, g + 1);
    assert_eq!(moved.db.outbox(g, 10).await.unwrap()[0].before, g);
}

#[tokio::test]
async fn a_copy_that_was_stopped_goes_on() {
    let Some(server) = Server::empty().await else { return };
    let folder = lived_in().await;
    let (from, to) = (sqlite(&folder), postgres(&server));
    let first = copied(&from, &to, 900).await;
    assert!(matches!(first, Err(Error::Internal(_))), "{first:?}");
    // Half a copy is not opened, and not the target of another.
    let opened = House::at(&server.url(), options()).await.map(drop);
    assert!(refusal(opened).contains("half a copy"));
    let other = lived_in().await;
    assert!(refusal(copied(&sqlite(&other), &to, u64::MAX).await).contains("half a copy of another"));
    let (whole, rows) = copied(&from, &to, u64::MAX).await.unwrap();
    let all: u64 = whole.tables.iter().map(|(_, digest)| digest.rows).sum();
    assert!(rows < all && rows + 1500 > all, "{rows} of {all}");
    let house = House::at(&server.url(), options()).await.unwrap();
    assert_eq!(house.db.newest().await.unwrap(), whole.g);
    let head: Seq = house.room_row("library").await.head;
    assert!(head >= 700);
}

#[tokio::test]
async fn a_copy_needs_an_empty_target_and_a_source_at_rest() {
    let Some(server) = Server::new().await else { return };
    let folder = lived_in().await;
    let (from, to) = (sqlite(&folder), postgres(&server));
    let house = House::in_folder(folder.path(), store::sqlite::Options::default()).await.unwrap();
    assert!(refusal(copied(&from, &to, u64::MAX).await).contains("another process has"));
    drop(house);
    assert!(copied(&from, &to, 600).await.is_err());
    let house = House::in_folder(folder.path(), store::sqlite::Options::default()).await.unwrap();
    house.write(post("library", "bo", "one more")).await.unwrap();
    drop(house);
    assert!(refusal(copied(&from, &to, u64::MAX).await).contains("has changed"));
    let nothing = Folder::new();
    assert!(refusal(copied(&sqlite(&nothing), &to, u64::MAX).await).contains("no database"));
    assert!(!nothing.path().exists());
    // Between two folders it works as well.
    copied(&from, &sqlite(&nothing), u64::MAX).await.unwrap();
    assert!(refusal(copied(&from, &sqlite(&nothing), u64::MAX).await).contains("not empty"));
}
