//! The databases to measure on: a large town with people in few and in many rooms, and a hall with very many members.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::Options;
use crate::Failure;
use crate::corpus::{self, Topic};
use crate::town::{History, Line, People, import};

/// A room has at least that many messages.
const FEWEST: u32 = 20;
/// Messages a member of a room has written, about.
const EACH: u32 = 5;
/// The most people who write in one room.
const MOST: u32 = 2_000;

/// Somebody to measure as.
pub(super) struct Person {
    pub(super) token: String,
    /// The rooms that they are in.
    pub(super) rooms: Vec<String>,
}

pub(super) struct World {
    pub(super) data: PathBuf,
    /// How much there is, as a sentence.
    pub(super) size: String,
    /// People in 5, in half and in all rooms.
    pub(super) five: Person,
    pub(super) half: Person,
    pub(super) every: Person,
    /// Somebody else who is in all rooms.
    pub(super) poster: Person,
}

pub(super) struct Hall {
    pub(super) data: PathBuf,
    /// The room in which everybody is, and the one in which only the connected are.
    pub(super) great: String,
    pub(super) small: String,
    pub(super) connected: Vec<String>,
    pub(super) poster: String,
}

/// A fresh copy of what was imported into `costs/NAME`, which is made if it is not there.
fn copy(
    options: &Options,
    name: &str,
    to: &Path,
    make: impl Fn(&mut History) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let kept = options.folder.join("costs").join(name);
    let done = kept.join("imported");
    if !done.exists() {
        eprintln!("making {name}");
        if kept.exists() {
            fs::remove_dir_all(&kept)?;
        }
        fs::create_dir_all(&kept)?;
        let history = kept.join("history.jsonl");
        let mut out = History::create(&history)?;
        make(&mut out)?;
        let lines = out.finish()?;
        eprintln!("importing {lines} lines");
        import(&options.parlour, &kept, &history)?;
        fs::remove_file(&history)?;
        // A stopped server leaves one file; whatever else is there belongs to it and is needed, too.
        fs::write(&done, "")?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(&kept)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("parlour.db") {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The large town.
pub(super) fn large(options: &Options, data: &Path) -> Result<World, Failure> {
    let name = format!("large-{}-{}-{}", options.messages, options.rooms, options.users);
    copy(options, &name, data, |out| {
        let corpus = options.corpus.as_deref().map(corpus::read).transpose()?.unwrap_or_default();
        let topics = corpus::spread_over(&corpus, options.rooms as usize);
        (0..options.rooms).zip(&topics).try_for_each(|(room, topic)| fill(out, options, room, topic))
    })?;
    let size = size(&data.join("parlour.db"))?;
    let mut people = People::open(data)?;
    let rooms = options.rooms;
    let mut person = |name: &str, rooms: Vec<u32>| -> Result<Person, Failure> {
        let token = people.sign_in([name.to_owned()])?.remove(0);
        let rooms = rooms.into_iter().map(|room| people.room(&room_name(room))).collect::<Result<_, _>>()?;
        Ok(Person { token, rooms })
    };
    let of = |wanted: fn(u32, u32) -> bool| (0..rooms).filter(|room| wanted(*room, rooms)).collect::<Vec<_>>();
    let (five, half) = (person("five", of(in_five))?, person("half", of(in_half))?);
    let (every, poster) = (person("every", of(|_, _| true))?, person("poster", of(|_, _| true))?);
    people.finish()?;
    Ok(World { data: data.to_owned(), size, five, half, every, poster })
}

fn room_name(room: u32) -> String {
    format!("room {room}")
}

fn in_five(room: u32, rooms: u32) -> bool {
    room.is_multiple_of(rooms / 5)
}

fn in_half(room: u32, _: u32) -> bool {
    room.is_multiple_of(2)
}

/// A room's lines, one room after the other: the import then touches each room's members few times.
fn fill(out: &mut History, options: &Options, room: u32, topic: &Topic) -> Result<(), Failure> {
    let name = room_name(room);
    let mut say = |user: &str, text: &str| out.put(&Line { room: &name, user, text });
    say("every", "here")?;
    say("poster", "here")?;
    if in_half(room, options.rooms) {
        say("half", "here")?;
    }
    if in_five(room, options.rooms) {
        say("five", "here")?;
    }
    let lines = ((f64::from(options.messages) * topic.weight) as u32).max(FEWEST);
    let people = (lines / EACH).clamp(2, MOST);
    for line in 0..lines {
        // The first lines let everybody in, in turn; a room's people are a stretch of all.
        let user = (room * (options.users / 77).max(1) + line % people) % options.users;
        let text = match topic.texts.len() {
            0 => "Somebody said something of about the length that people say things in.",
            length => &topic.texts[line as usize % length],
        };
        say(&format!("u{user}"), text)?;
    }
    Ok(())
}

fn size(database: &Path) -> Result<String, Failure> {
    let open = Connection::open(database)?;
    let count = |table: &str| open.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, u64>(0));
    let (messages, rooms, users, members) = (count("messages")?, count("rooms")?, count("users")?, count("members")?);
    let megabytes = fs::metadata(database)?.len() as f64 / 1e6;
    Ok(format!("{messages} messages, {rooms} rooms, {users} users, {members} memberships, {megabytes:.0} MB on disk"))
}

/// The hall.
pub(super) fn hall(options: &Options, data: &Path) -> Result<Hall, Failure> {
    let name = format!("hall-{}-{}", options.members, options.connected);
    let poster = options.members - 1;
    copy(options, &name, data, |out| {
        for member in (0..options.connected).chain([poster]) {
            out.put(&Line { room: "small", user: &format!("m{member}"), text: "here" })?;
        }
        (0..options.members)
            .try_for_each(|member| out.put(&Line { room: "great", user: &format!("m{member}"), text: "here" }))
    })?;
    let mut people = People::open(data)?;
    let connected = people.sign_in((0..options.connected).map(|member| format!("m{member}")))?;
    let poster = people.sign_in([format!("m{poster}")])?.remove(0);
    let (great, small) = (people.room("great")?, people.room("small")?);
    people.finish()?;
    Ok(Hall { data: data.to_owned(), great, small, connected, poster })
}
