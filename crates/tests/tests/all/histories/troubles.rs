//! What befalls a history: lives, breaks, power cuts, restores.

use super::deeds::is_about_accounts;
use super::world::{Given, World};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tests::device::Screen;
use tests::model::Model;
use tests::people::Account;
use tests::replica::Replica;
use tests::{Outcome, check};
use tokio::time::sleep;

/// How many things happen in one history.
const LENGTH: u64 = 70;
/// The most devices in one history.
const DEVICES: usize = 12;

/// A copy of the data, and what was true then.
pub(super) struct Copy {
    file: PathBuf,
    model: Model,
    given: Vec<Given>,
    newcomers: Vec<Account>,
    sessions: Vec<(usize, String)>,
    invitations: Vec<String>,
}

impl World {
    pub(super) async fn live(&mut self) -> Outcome {
        for gadget in &self.gadgets {
            gadget.proxy.trouble(true);
        }
        for _ in 0..LENGTH {
            let at = self.dice.throw(self.gadgets.len() as u64) as usize;
            match self.dice.throw(60) {
                0..=2 => self.gadgets[at].proxy.cut(),
                3..=6 => self.come_back(at).await?,
                7 => self.gadgets[at].device.cut(),
                8 => self.crash(at).await?,
                9 => self.anew(at).await?,
                10 | 11 => self.looks_around(at).await?,
                12 if self.gadgets.len() < DEVICES => {
                    let seed = self.dice.throw(u64::from(u32::MAX));
                    self.new_gadget(self.gadgets[at].person, seed).await?;
                }
                13 => self.power_cut(at).await?,
                14 if self.copy.is_none() => self.copy_data().await?,
                15 if self.dice.one_in(2) => self.restore().await?,
                16..=19 => self.keep(at),
                20..=24 => self.burst().await?,
                _ => self.deed(at).await?,
            }
            if self.dice.one_in(3) {
                self.tend(at).await?;
            }
        }
        Ok(())
    }

    /// A device asks for what it lacks; if its connection breaks meanwhile, it does so when it is back.
    async fn tend(&mut self, at: usize) -> Outcome {
        let device = &self.gadgets[at].device;
        if device.is_connected() && device.seen().replica.has_begun() && device.tend().await.is_err() {
            self.come_back(at).await?;
        }
        Ok(())
    }

    /// Somebody's browser forgets everything.
    async fn anew(&mut self, at: usize) -> Outcome {
        let gadget = &mut self.gadgets[at];
        gadget.device.cut();
        let faults = std::mem::take(&mut gadget.device.seen().replica.faults);
        let me = gadget.device.account.id.clone();
        let lenient = gadget.device.seen().replica.lenient;
        let mut empty = Replica::new(&me);
        (empty.faults, empty.lenient) = (faults, lenient);
        gadget.device.seen().replica = empty;
        self.come_back(at).await?;
        self.gadgets[at].told_at = None;
        Ok(())
    }

    /// Other rooms come on the screen.
    async fn looks_around(&mut self, at: usize) -> Outcome {
        let dice = &mut self.dice;
        let chosen = self.rooms.iter().filter(|_| dice.one_in(2)).cloned().collect();
        self.gadgets[at].device.screen = if dice.one_in(4) { Screen::All } else { Screen::Only(chosen) };
        self.tend(at).await
    }

    /// The server is killed while somebody gives a command, and started again.
    async fn power_cut(&mut self, at: usize) -> Outcome {
        self.counts[2] += 1;
        let (command, mut input) = self.choose(at);
        if is_about_accounts(command) {
            input = Value::Null;
        }
        if input.get("cid").is_some() {
            let wait = Duration::from_micros(self.dice.throw(6_000));
            let (device, table, server) = (&self.gadgets[at].device, &self.table, &mut self.server);
            let way = tests::device::Way::Rest;
            let (_, killed) = tokio::join!(device.call(table, way, command, &input), async {
                sleep(wait).await;
                server.kill().await
            });
            killed?;
        } else {
            self.server.kill().await?;
        }
        self.tell("the server is killed".into());
        self.server.again().await?;
        if input.get("cid").is_some() {
            // Whether it was done or not: the same again.
            // A refusal is an answer as well.
            let _answer = self.give(at, command, input).await?;
        }
        Ok(())
    }

    async fn copy_data(&mut self) -> Outcome {
        let file = self.server.folder().join("copy");
        match self.server.database() {
            Some(database) => database.dump(&file).await?,
            None => {
                let database = Connection::open(self.server.data().join("parlour.db"))?;
                database.execute("VACUUM INTO ?1", [file.to_string_lossy()])?;
            }
        }
        self.copy = Some(Copy {
            file,
            model: self.model.clone(),
            given: self.given.clone(),
            newcomers: self.newcomers.clone(),
            sessions: self.sessions.clone(),
            invitations: self.invitations.clone(),
        });
        self.tell("a copy of the data is made".into());
        Ok(())
    }

    /// The documented way: stop, put the copy in place, give it a new epoch, start.
    async fn restore(&mut self) -> Outcome {
        let Some(copy) = self.copy.take() else { return Ok(()) };
        self.counts[3] += 1;
        let status = self.server.stop().await?;
        check!(status.success(), "the server ended with {status}");
        match self.server.database() {
            Some(database) => {
                database.restore(&copy.file).await?;
                database.ask("UPDATE instance SET epoch = substr(md5(random()::text), 1, 16)").await?;
                fs::remove_file(&copy.file)?;
            }
            None => restore_file(&copy.file, &self.server.data())?,
        }
        self.server.again().await?;
        (self.model, self.given, self.newcomers) = (copy.model, copy.given, copy.newcomers);
        (self.sessions, self.invitations) = (copy.sessions, copy.invitations);
        for gadget in &mut self.gadgets {
            gadget.told_at = None;
        }
        self.tell("an older copy of the data is restored".into());
        Ok(())
    }
}

/// Puts the SQLite database `file` into the data folder of a server that was stopped.
fn restore_file(file: &Path, data: &Path) -> Outcome {
    fs::remove_dir_all(data)?;
    fs::create_dir_all(data)?;
    fs::rename(file, data.join("parlour.db"))?;
    let database = Connection::open(data.join("parlour.db"))?;
    database.execute("UPDATE instance SET epoch = lower(hex(randomblob(8)))", [])?;
    Ok(())
}
