//! Imports: histories from elsewhere, line by line, safe to run again.

use crate::{Chat, Refusal, clock, ids, mentions, names, text};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use store::import::{ImportLine, ImportWrite};
use store::{Origin, Write};
use tokio::task::JoinSet;

/// The most bytes of one line of a file.
const LONGEST_LINE: u64 = 1 << 20;
/// How many lines are written at once.
const BATCH: usize = 2000;

/// What an import has done so far.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Lines read.
    pub lines: u64,
    /// Messages that are new.
    pub written: u64,
    /// Messages that an earlier run had written.
    pub known: u64,
    /// Lines that could not be read: their number and why (the first 1,000).
    pub bad: Vec<(u64, String)>,
    pub bad_count: u64,
    pub rooms: usize,
    pub users: usize,
}

/// A line of the `jsonl` format.
#[derive(Deserialize)]
struct JsonLine {
    time: String,
    room: String,
    #[serde(default)]
    user: String,
    text: String,
}

/// A line that was read and found good.
struct Pending {
    line: JsonLine,
    time: store::Millis,
    text: String,
    digest: [u8; 16],
}

/// One import as it runs.
struct Import<'a> {
    chat: &'a Chat,
    progress: Progress,
    /// Their ids by the name in the file.
    rooms: HashMap<String, String>,
    /// Their ids by the name in the file; none: nobody can have that name.
    users: HashMap<String, Option<String>>,
    /// By the key that mentions are resolved with.
    by_key: HashMap<String, String>,
    /// How often a line has occurred: two lines that are the same in everything are still two.
    occurrences: HashMap<[u8; 16], u32>,
    /// With the numbers of their lines.
    waiting: Vec<(u64, Pending)>,
}

impl Chat {
    /// Imports a file of one JSON object a line (`time`, `room`, `user`, `text`), compressed by gzip or not. `tell`
    /// is called now and then.
    pub async fn import_jsonl(&self, file: &Path, mut tell: impl FnMut(&Progress)) -> Result<Progress, ImportError> {
        let mut lines = open(file)?;
        let mut import = Import {
            chat: self,
            progress: Progress::default(),
            rooms: HashMap::new(),
            users: HashMap::new(),
            by_key: HashMap::new(),
            occurrences: HashMap::new(),
            waiting: Vec::with_capacity(BATCH),
        };
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            import.progress.lines += 1;
            if read as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
                lines.skip_until(b'\n')?;
                import.bad(import.progress.lines, "the line is longer than 1 MiB".into());
                continue;
            }
            if !line.trim_ascii().is_empty()
                && let Err(why) = import.line(&line)
            {
                import.bad(import.progress.lines, why.to_string());
            }
            if import.waiting.len() >= BATCH {
                import.flush().await?;
                tell(&import.progress);
            }
        }
        import.flush().await?;
        tell(&import.progress);
        Ok(import.progress)
    }
}

/// Why an import stopped. What was written before stays, and running it again goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read: {0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Refused(#[from] Refusal),
}

fn open(file: &Path) -> std::io::Result<Box<dyn BufRead + Send>> {
    let mut plain = BufReader::with_capacity(1 << 16, std::fs::File::open(file)?);
    let gzip = plain.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if gzip { Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(plain))) } else { Box::new(plain) })
}

impl Import<'_> {
    fn bad(&mut self, line: u64, why: String) {
        self.progress.bad_count += 1;
        if self.progress.bad.len() < 1000 {
            self.progress.bad.push((line, why));
        }
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let line: JsonLine =
            serde_json::from_slice(line.trim_ascii()).map_err(|error| Refusal::InvalidJson(error.to_string()))?;
        let time = clock::parse(&line.time).ok_or_else(|| Refusal::value("time", "it is not RFC 3339"))?;
        let text = text::imported("text", &line.text)?;
        room_name(&line.room)?;
        let digest = self.digest(&line);
        self.waiting.push((self.progress.lines, Pending { line, time, text, digest }));
        Ok(())
    }

    fn digest(&mut self, line: &JsonLine) -> [u8; 16] {
        let hash = |occurrence: u32| {
            let mut hash = Sha256::new();
            for part in [&line.time, &line.room, &line.user, &line.text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
            hash.update(occurrence.to_le_bytes());
            let mut digest = [0; 16];
            digest.copy_from_slice(&hash.finalize()[..16]);
            digest
        };
        let first = hash(0);
        let occurrence = self.occurrences.entry(first).or_insert(0);
        *occurrence += 1;
        if *occurrence == 1 { first } else { hash(*occurrence - 1) }
    }

    /// Writes what has gathered: new rooms and accounts first, then every room's lines; each step at once, so that its
    /// writes share a transaction.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let waiting = std::mem::take(&mut self.waiting);
        self.make_rooms(&waiting).await?;
        self.make_users(&waiting).await?;
        let mut batch: Vec<(String, Vec<ImportLine>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (number, Pending { line, time, text, digest }) in waiting {
            let author = match self.users.get(&line.user) {
                Some(None) => {
                    self.bad(number, "no account can have that user name".into());
                    continue;
                }
                Some(Some(id)) => Some(id.clone()),
                None => None,
            };
            let Some(room) = self.rooms.get(&line.room).cloned() else { continue };
            let keys = mentions::spoken(&text);
            let mentions = keys.iter().filter_map(|key| self.by_key.get(key).cloned()).collect();
            let place = *places.entry(room.clone()).or_insert_with(|| {
                batch.push((room, Vec::new()));
                batch.len() - 1
            });
            batch[place].1.push(ImportLine { author, text, time, mentions, reply_to: None, digest });
        }
        let mut writes = JoinSet::new();
        for (room, lines) in batch {
            let (store, count) = (self.chat.store.clone(), lines.len() as u64);
            writes.spawn(async move {
                let write = Write::Import(ImportWrite::Lines { room, lines });
                store.write(origin(), write).await.map(|ack| (ack.seq.unwrap_or_default(), count))
            });
        }
        while let Some(result) = writes.join_next().await {
            let (new, count) = result.map_err(Refusal::internal)??;
            self.progress.written += new;
            self.progress.known += count - new;
        }
        Ok(())
    }

    async fn make_rooms(&mut self, waiting: &[(u64, Pending)]) -> Result<(), Refusal> {
        let mut writes = JoinSet::new();
        let mut asked = HashSet::new();
        for (_, Pending { line, .. }) in waiting {
            if self.rooms.contains_key(&line.room) || !asked.insert(&line.room) {
                continue;
            }
            let (store, key, name) = (self.chat.store.clone(), line.room.clone(), room_name(&line.room)?);
            writes.spawn(async move {
                let write = ImportWrite::Room { id: ids::id(), key: key.clone(), name, code: ids::join_code() };
                store.write(origin(), Write::Import(write)).await.map(|ack| (key, ack.room))
            });
        }
        while let Some(result) = writes.join_next().await {
            let (key, id) = result.map_err(Refusal::internal)??;
            let id = id.ok_or_else(|| Refusal::internal("an imported room was acknowledged without its id"))?;
            self.rooms.insert(key, id);
        }
        self.progress.rooms = self.rooms.len();
        Ok(())
    }

    async fn make_users(&mut self, waiting: &[(u64, Pending)]) -> Result<(), Refusal> {
        let mut writes = JoinSet::new();
        let mut asked = HashSet::new();
        for (_, Pending { line, time, .. }) in waiting {
            if line.user.is_empty() || self.users.contains_key(&line.user) || !asked.insert(&line.user) {
                continue;
            }
            let (store, shown, created) = (self.chat.store.clone(), line.user.clone(), *time);
            writes.spawn(async move { user(&*store, &shown, created).await.map(|made| (shown, made)) });
        }
        while let Some(result) = writes.join_next().await {
            let (shown, made) = result.map_err(Refusal::internal)??;
            if let Some((key, id)) = &made {
                self.by_key.insert(key.clone(), id.clone());
            }
            self.users.insert(shown, made.map(|(_, id)| id));
        }
        self.progress.users = self.users.values().flatten().count();
        Ok(())
    }
}

fn room_name(key: &str) -> Result<String, Refusal> {
    let shown: String = key.chars().filter(|letter| !letter.is_control()).take(text::NAME).collect();
    text::name("room", &shown, text::NAME)
}

/// The account of a name in the file, made if it is not there: its name's key and its id. None where nobody can have
/// such a name.
async fn user(
    store: &dyn store::Database,
    shown: &str,
    created: store::Millis,
) -> Result<Option<(String, String)>, Refusal> {
    let letters: String = shown
        .chars()
        .map(|letter| if names::is_name_letter(letter) { letter } else { '-' })
        .skip_while(|letter| !letter.is_alphanumeric())
        .take(28)
        .collect();
    // Where a look-alike is there already, the same name with a number: the same again on the next run.
    for attempt in 1..100 {
        let tried = if attempt == 1 { letters.clone() } else { format!("{letters}-{attempt}") };
        let Ok(name) = names::check(&tried) else { continue };
        let key = name.key.clone();
        let write = ImportWrite::User {
            id: ids::id(),
            username: name.username,
            name_key: name.key,
            skeleton: name.skeleton,
            created,
        };
        match store.write(origin(), Write::Import(write)).await {
            Ok(ack) => {
                let id = ack.user.ok_or_else(|| Refusal::internal("an imported user came without an id"))?;
                return Ok(Some((key, id)));
            }
            Err(store::Error::Refused(store::Refused::NameTaken)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn origin() -> Origin {
    Origin { user: None, cid: None, command: "import", at: clock::now(), answer: None }
}
