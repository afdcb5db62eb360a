//! A house for a story: a fresh database, a sink that records, a clock that ticks, and short ways to say things.

use crate::server::Server;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use store::accounts::{AccountWrite, Admission, Standing};
use store::commit::CommitSink;
use store::drafts::DraftWrite;
use store::members::{MemberRow, MemberWrite, Role};
use store::messages::MessageWrite;
use store::pins::PinWrite;
use store::reactions::ReactionWrite;
use store::reads::{ReadWrite, Wish};
use store::rooms::{History, RoomKind, RoomRow, RoomWrite};
use store::saved::SavedWrite;
use store::settings::SettingsWrite;
use store::{
    Ack, Change, Cid, Committed, Database, Error, G, Millis, Origin, Prepared, Refused, Row, Scope, Seq, Write,
};

/// Keeps all that was told.
#[derive(Default)]
pub struct Recording {
    told: Arc<Mutex<Vec<Committed>>>,
}

impl CommitSink for Recording {
    fn prepare(&self, committed: Committed, keep: bool) -> Prepared {
        let told = self.told.clone();
        let body = keep.then(|| format!("{} to {}", committed.before, committed.g).into_bytes());
        Prepared { body, tell: Box::new(move || told.lock().unwrap().push(committed)) }
    }
}

impl Recording {
    pub fn groups(&self) -> Vec<Vec<Change>> {
        self.told.lock().unwrap().iter().map(|committed| committed.changes.clone()).collect()
    }

    /// The last transaction.
    pub fn last(&self) -> Committed {
        self.told.lock().unwrap().last().unwrap().clone()
    }

    pub fn all(&self) -> Vec<Change> {
        self.groups().concat()
    }
}

/// A folder that goes when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("store-stories-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Folder(std::env::temp_dir().join(name))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct House {
    pub db: Arc<dyn Database>,
    pub sink: Arc<Recording>,
    clock: AtomicI64,
    /// Something was imported, which moves chains without telling.
    imported: AtomicBool,
    /// Where the data is, for as long as the house stands.
    ground: Ground,
}

/// Where the data of a house is.
pub enum Ground {
    Folder(Folder),
    /// On a server, in a database of its own.
    Server(Server),
    /// The story looks after it.
    Elsewhere,
}

/// When the first story begins.
pub const MORNING: Millis = 1_800_000_000_000;

impl House {
    pub async fn on_sqlite() -> House {
        let folder = Folder::new();
        let sink = Arc::new(Recording::default());
        let db = store::sqlite::open(folder.path(), store::sqlite::Options::default(), sink.clone()).await.unwrap();
        House::on(db, sink, Ground::Folder(folder))
    }

    /// None, and a word why, where no server is named.
    pub async fn on_postgres() -> Option<House> {
        let server = Server::new().await?;
        let sink = Arc::new(Recording::default());
        let db = store::postgres::open(&server.url(), crate::server::options(), sink.clone()).await.unwrap();
        Some(House::on(db, sink, Ground::Server(server)))
    }

    /// A house in a folder that the story looks after.
    pub async fn in_folder(folder: &Path, options: store::sqlite::Options) -> Result<House, Error> {
        let sink = Arc::new(Recording::default());
        let db = store::sqlite::open(folder, options, sink.clone()).await?;
        Ok(House::on(db, sink, Ground::Elsewhere))
    }

    /// One of several houses on the same database, which the story looks after.
    pub async fn at(url: &str, options: store::postgres::Options) -> Result<House, Error> {
        let sink = Arc::new(Recording::default());
        let db = store::postgres::open(url, options, sink.clone()).await?;
        Ok(House::on(db, sink, Ground::Elsewhere))
    }

    fn on(db: Arc<dyn Database>, sink: Arc<Recording>, ground: Ground) -> House {
        House { db, sink, clock: AtomicI64::new(MORNING), imported: AtomicBool::new(false), ground }
    }

    /// A second further.
    pub fn tick(&self) -> Millis {
        self.clock.fetch_add(1000, Ordering::Relaxed) + 1000
    }

    /// How many rows of each table belong to the room.
    pub async fn rows_of(&self, room: &str) -> Vec<(&'static str, u64)> {
        let mut found = Vec::new();
        for table in TABLES_OF_ROOMS {
            let sql = format!("SELECT count(*) FROM {table} WHERE room = '{room}'");
            let rows = match &self.ground {
                Ground::Folder(folder) => {
                    let db = rusqlite::Connection::open(folder.path().join("parlour.db")).unwrap();
                    db.query_row(&sql, [], |row| row.get(0)).unwrap()
                }
                Ground::Server(server) => server.number(&sql).await as u64,
                Ground::Elsewhere => panic!("the story has to look itself"),
            };
            if rows > 0 {
                found.push((table, rows));
            }
        }
        found
    }

    /// So many days further.
    pub fn sleep(&self, days: i64) {
        self.clock.fetch_add(days * 24 * 60 * 60 * 1000, Ordering::Relaxed);
    }

    pub fn now(&self) -> Millis {
        self.clock.load(Ordering::Relaxed)
    }

    pub async fn write(&self, write: impl Into<Write>) -> Result<Ack, Error> {
        let origin = Origin { user: None, cid: None, command: "story", at: self.tick(), answer: None };
        let write = write.into();
        self.imported.fetch_or(matches!(write, Write::Import(_)), Ordering::Relaxed);
        self.db.write(origin, write).await
    }

    pub async fn write_once(
        &self,
        user: Option<&str>,
        cid: &str,
        command: &'static str,
        write: impl Into<Write>,
    ) -> Result<Ack, Error> {
        let cid = Some(Cid { id: cid.to_owned(), input: 0 });
        let origin = Origin { user: user.map(str::to_owned), cid, command, at: self.tick(), answer: None };
        self.db.write(origin, write.into()).await
    }

    /// What was told of `write`, which has to succeed.
    pub async fn told(&self, write: impl Into<Write>) -> (Ack, Vec<Change>) {
        let before = self.sink.all().len();
        let ack = self.write(write).await.unwrap();
        (ack, self.sink.all().split_off(before))
    }

    /// Why `write` was refused; nothing may have been told of it.
    pub async fn refused(&self, write: impl Into<Write>) -> Refused {
        let before = self.sink.all().len();
        let error = self.write(write).await.unwrap_err();
        assert_eq!(self.sink.all().len(), before, "told of a refused write");
        match error {
            Error::Refused(refused) => refused,
            other => panic!("not refused but {other}"),
        }
    }

    /// The newest commit number.
    pub async fn g(&self) -> G {
        let since = store::sync::Since::new("-", 0, vec![], 0, 0);
        self.db.missed(since).await.unwrap().g
    }

    pub async fn people(&self, ids: &[&str]) {
        for id in ids {
            self.write(account(id)).await.unwrap();
        }
    }

    /// A public room of the first of `people`, which the others join.
    pub async fn room(&self, id: &str, people: &[&str]) {
        self.write(room(id, people[0], RoomKind::Public)).await.unwrap();
        for user in &people[1..] {
            self.write(join(user, id)).await.unwrap();
        }
    }

    pub async fn say(&self, room: &str, author: &str, text: &str) -> Seq {
        self.write(post(room, author, text)).await.unwrap().seq.unwrap()
    }

    pub async fn member(&self, room: &str, user: &str) -> MemberRow {
        self.db.member(room, user).await.unwrap().unwrap().1
    }

    pub async fn room_row(&self, room: &str) -> RoomRow {
        self.db.room(room).await.unwrap().unwrap()
    }

    pub async fn role(&self, room: &str, user: &str) -> Option<Role> {
        self.member(room, user).await.role
    }

    /// `g` rises through all that was told, and `p` is the change before in the same chain.
    pub fn check_chains(&self) {
        let mut last = 0;
        let mut chains: HashMap<Scope, G> = HashMap::new();
        for change in self.sink.all() {
            assert!(change.g > last, "{change:?} after {last}");
            last = change.g;
            let head = chains.insert(change.scope.clone(), change.g).unwrap_or(0);
            let silent = self.imported.load(Ordering::Relaxed) && change.p > head;
            assert!(change.p == head || silent, "{change:?} after {head}");
        }
    }
}

const TABLES_OF_ROOMS: [&str; 11] = [
    "members",
    "messages",
    "deletions",
    "revisions",
    "hidden",
    "mentions",
    "reactions",
    "everybody",
    "saved",
    "drafts",
    "imported",
];

/// Short names of what was told, in order.
pub fn kinds(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| match &change.row {
            Row::Message(message) if message.deleted => format!("message {} deleted", message.seq),
            Row::Message(message) => format!("message {}", message.seq),
            Row::Room(room) if room.deleted => "room deleted".into(),
            Row::Room(_) => "room".into(),
            Row::Member(member) => format!("member {} {}", member.user, role_name(member.role)),
            Row::Membership { member, .. } => format!("membership {} {}", member.user, role_name(member.role)),
            Row::Read { member, .. } => format!("read {} {}", member.user, member.read),
            Row::Touched { seq, .. } => format!("touched {seq}"),
            Row::Saved { user, seq, gone, .. } => format!("{} {user} {seq}", if *gone { "unsaved" } else { "saved" }),
            Row::Draft(draft) => format!("draft {} {}", draft.user, draft.text),
            Row::Settings(settings) => format!("settings {} {:?}", settings.user, settings.values),
            Row::Hidden { user, seq, .. } => format!("hidden {user} {seq}"),
            Row::SessionEnded { session, .. } => format!("ended {session}"),
            Row::User(user) => format!("user {}", user.id),
            Row::Directory(room) if room.deleted => "directory gone".into(),
            Row::Directory(_) => "directory".into(),
        })
        .collect()
}

fn role_name(role: Option<Role>) -> &'static str {
    match role {
        None => "gone",
        Some(Role::Member) => "member",
        Some(Role::Moderator) => "moderator",
        Some(Role::Owner) => "owner",
    }
}

pub fn account(id: &str) -> Write {
    Write::Account(AccountWrite::Create {
        id: id.into(),
        username: id.into(),
        name_key: id.into(),
        skeleton: format!("~{id}"),
        display_name: id.to_uppercase(),
        time_zone: "Europe/Berlin".into(),
        standing: Standing::Member,
        password: Some("$argon2id$".into()),
        admission: Admission::Free,
    })
}

pub fn room(id: &str, owner: &str, kind: RoomKind) -> Write {
    let (id, owner, name) = (id.to_owned(), owner.to_owned(), format!("The {id}"));
    let code = id.to_uppercase();
    Write::Room(RoomWrite::Create { id, owner, kind, name, topic: String::new(), code })
}

pub fn direct(id: &str, users: &[&str]) -> Write {
    let mut sorted: Vec<String> = users.iter().map(|user| user.to_string()).collect();
    sorted.sort();
    let opener = users[0].to_owned();
    Write::Room(RoomWrite::OpenDirect { id: id.into(), opener, users: sorted, subject: String::new() })
}

pub fn join(user: &str, room: &str) -> Write {
    Write::Member(MemberWrite::Join { user: user.into(), room: Some(room.into()), code: None })
}

pub fn leave(user: &str, room: &str) -> Write {
    Write::Member(MemberWrite::Leave { user: user.into(), room: room.into() })
}

pub fn post(room: &str, author: &str, text: &str) -> Write {
    mentioning(room, author, text, &[])
}

pub fn mentioning(room: &str, author: &str, text: &str, mentions: &[&str]) -> Write {
    Write::Message(MessageWrite::Post {
        room: room.into(),
        author: author.into(),
        text: text.into(),
        reply_to: None,
        mentions: mentions.iter().map(|user| user.to_string()).collect(),
        all: false,
    })
}

pub fn edit(room: &str, seq: Seq, by: &str, text: &str) -> Write {
    let (room, by, text) = (room.to_owned(), by.to_owned(), text.to_owned());
    Write::Message(MessageWrite::Edit { room, seq, by, text, mentions: vec![], all: false, expected: None })
}

pub fn delete(room: &str, seq: Seq, by: &str) -> Write {
    Write::Message(MessageWrite::Delete { room: room.into(), seq, by: by.into() })
}

pub fn react(room: &str, seq: Seq, user: &str, emoji: &str, on: bool) -> Write {
    let (room, user, emoji) = (room.to_owned(), user.to_owned(), emoji.to_owned());
    Write::Reaction(ReactionWrite::Set { room, seq, user, emoji, on })
}

pub fn pin(room: &str, seq: Seq, by: &str, on: bool) -> Write {
    Write::Pin(PinWrite::Set { room: room.into(), seq, by: by.into(), on })
}

pub fn save(room: &str, seq: Seq, user: &str, on: bool) -> Write {
    Write::Saved(SavedWrite::Set { room: room.into(), seq, user: user.into(), on })
}

pub fn begin(user: &str, room: &str, text: &str) -> Write {
    Write::Draft(DraftWrite::Set { user: user.into(), room: room.into(), text: text.into(), reply_to: None })
}

pub fn choose(user: &str, values: &[(&str, &str)]) -> Write {
    let values = values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Write::Settings(SettingsWrite::Set { user: user.into(), values })
}

/// A message to everybody in the room.
pub fn call(room: &str, author: &str, mentions: &[&str]) -> Write {
    match mentioning(room, author, "@all", mentions) {
        Write::Message(MessageWrite::Post { room, author, text, reply_to, mentions, .. }) => {
            Write::Message(MessageWrite::Post { room, author, text, reply_to, mentions, all: true })
        }
        other => other,
    }
}

/// Makes a private room show who joins it what comes from then on, or all.
pub fn history(room: &str, by: &str, history: History) -> Write {
    let (room, by, history) = (room.to_owned(), by.to_owned(), Some(history));
    Write::Room(RoomWrite::Update { room, by, name: None, topic: None, kind: None, history, code: String::new() })
}

pub fn hide(room: &str, seq: Seq, user: &str) -> Write {
    Write::Message(MessageWrite::Hide { room: room.into(), seq, user: user.into() })
}

pub fn read(user: &str, room: &str, seq: Seq) -> Write {
    Write::Read(ReadWrite::Set { user: user.into(), room: room.into(), wish: Wish { seq, version: None } })
}
