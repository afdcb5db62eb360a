//! Imports: histories from elsewhere, line by line, safe to run again.

use crate::{Chat, Refusal, clock, ids, mentions, names, text};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
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

/// One import as it runs.
struct Import<'a> {
    chat: &'a Chat,
    progress: Progress,
    rooms: HashMap<String, String>,
    /// By the name in the file.
    users: HashMap<String, String>,
    /// By the key that mentions are resolved with.
    by_key: HashMap<String, String>,
    /// How often a line has occurred: two lines that are the same in everything are still two.
    occurrences: HashMap<[u8; 16], u32>,
    batch: Vec<(String, Vec<ImportLine>)>,
    places: HashMap<String, usize>,
    waiting: usize,
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
            batch: Vec::new(),
            places: HashMap::new(),
            waiting: 0,
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
                import.bad("the line is longer than 1 MiB".into());
                continue;
            }
            if !line.trim_ascii().is_empty()
                && let Err(why) = import.line(&line).await
            {
                match why {
                    Refusal::Unavailable | Refusal::Internal { .. } => return Err(ImportError::Refused(why)),
                    _ => import.bad(why.to_string()),
                }
            }
            if import.waiting >= BATCH {
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
    fn bad(&mut self, why: String) {
        self.progress.bad_count += 1;
        if self.progress.bad.len() < 1000 {
            self.progress.bad.push((self.progress.lines, why));
        }
    }

    async fn line(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let line: JsonLine =
            serde_json::from_slice(line.trim_ascii()).map_err(|error| Refusal::InvalidJson(error.to_string()))?;
        let time = clock::parse(&line.time).ok_or_else(|| Refusal::value("time", "it is not RFC 3339"))?;
        let text = text::imported("text", &line.text)?;
        let room = self.room(&line.room).await?;
        let author = if line.user.is_empty() { None } else { Some(self.user(&line.user, time).await?) };
        let keys = mentions::keys(&text);
        let mentions = keys.iter().filter_map(|key| self.by_key.get(key).cloned()).collect();
        let digest = self.digest(&line);
        let place = *self.places.entry(room.clone()).or_insert_with(|| {
            self.batch.push((room, Vec::new()));
            self.batch.len() - 1
        });
        self.batch[place].1.push(ImportLine { author, text, time, mentions, reply_to: None, digest });
        self.waiting += 1;
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

    async fn room(&mut self, key: &str) -> Result<String, Refusal> {
        if let Some(id) = self.rooms.get(key) {
            return Ok(id.clone());
        }
        let shown: String = key.chars().filter(|letter| !letter.is_control()).take(text::NAME).collect();
        let name = text::name("room", &shown, text::NAME)?;
        let write = ImportWrite::Room { id: ids::id(), key: key.to_owned(), name, code: ids::join_code() };
        let ack = self.chat.store.write(origin(), Write::Import(write)).await?;
        let id = ack.room.ok_or_else(|| Refusal::internal("an imported room was acknowledged without its id"))?;
        self.rooms.insert(key.to_owned(), id.clone());
        self.progress.rooms = self.rooms.len();
        Ok(id)
    }

    async fn user(&mut self, shown: &str, created: store::Millis) -> Result<String, Refusal> {
        if let Some(id) = self.users.get(shown) {
            return Ok(id.clone());
        }
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
            match self.chat.store.write(origin(), Write::Import(write)).await {
                Ok(ack) => {
                    let id = ack.user.ok_or_else(|| Refusal::internal("an imported user came without an id"))?;
                    self.users.insert(shown.to_owned(), id.clone());
                    self.by_key.insert(key, id.clone());
                    self.progress.users = self.users.len();
                    return Ok(id);
                }
                Err(store::Error::Refused(store::Refused::NameTaken)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::value("user", "no account can have that name"))
    }

    /// Writes what has gathered: every room's lines at once, so that they share a transaction.
    async fn flush(&mut self) -> Result<(), Refusal> {
        let mut writes = JoinSet::new();
        self.places.clear();
        for (room, lines) in self.batch.drain(..) {
            let (store, count) = (self.chat.store.clone(), lines.len() as u64);
            writes.spawn(async move {
                let write = Write::Import(ImportWrite::Lines { room, lines });
                store.write(origin(), write).await.map(|ack| (ack.seq.unwrap_or_default(), count))
            });
        }
        self.waiting = 0;
        while let Some(result) = writes.join_next().await {
            let (new, count) = result.map_err(Refusal::internal)??;
            self.progress.written += new;
            self.progress.known += count - new;
        }
        Ok(())
    }
}

fn origin() -> Origin {
    Origin { user: None, cid: None, command: "import", at: clock::now() }
}
