//! Programs without a connection: they follow by single requests, and wait for news.

use super::world::World;
use serde_json::{Value, json};
use std::time::Duration;
use tests::contract::Table;
use tests::oracle::{self, Snapshot};
use tests::people::Account;
use tests::proxy::Proxy;
use tests::replica::Replica;
use tests::rest::Rest;
use tests::{Failure, Outcome, check};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// The most of them in one history.
const MOST: usize = 3;
/// How long a request waits for news, in seconds.
const WAIT: u64 = 2;
/// How long a program asks in vain before it is given up.
const COMEBACK: Duration = Duration::from_secs(30);

/// One program, signed in as a person.
pub(super) struct Asker {
    account: Account,
    rest: Rest,
    proxy: Proxy,
    replica: Replica,
    short: bool,
}

/// A program while its request waits.
pub(super) type Asking = JoinHandle<Asker>;

impl Asker {
    /// Asks once; what did not come whole did not come.
    async fn ask(&mut self, table: &Table, wait: u64) -> Outcome {
        let mut wish = self.replica.cursor();
        if self.short {
            wish["short"] = json!(true);
        }
        if wait > 0 {
            wish["wait"] = json!(wait);
        }
        let answer = self.rest.call(table, "hello", &wish).await?;
        let mut answer = answer.map_err(|error| Failure(format!("hello by a single request: {error}")))?;
        self.replica.connected();
        self.replica.begin_hello(&wish);
        if answer["reset"] == json!(true) || answer["ops"] != json!([]) {
            let chunk = json!({"ops": answer["ops"].take(), "reset": answer["reset"] == json!(true)});
            self.replica.hear("chunk", chunk);
        }
        if let Value::Array(gaps) = answer["gaps"].take() {
            gaps.into_iter().for_each(|gap| self.replica.hear("gap", gap));
        }
        self.replica.hear("done", json!({"epoch": answer["epoch"], "g": answer["g"]}));
        Ok(())
    }
}

impl World {
    /// A program begins to follow, or one asks: at once, or waiting while other things happen.
    pub(super) async fn asks(&mut self, at: usize) -> Outcome {
        if self.asking.len() < MOST && (self.asking.is_empty() || self.dice.one_in(3)) {
            let asker = self.new_asker(at).await?;
            self.asking.push(tokio::spawn(async { asker }));
        }
        let mut asker = self.back(self.asking.len() - 1).await?;
        let wait = if self.dice.one_in(2) { WAIT } else { 0 };
        let table = self.table.clone();
        self.asking.insert(
            0,
            tokio::spawn(async move {
                // A connection that broke, a server that was killed: it asks again the next time.
                let _ = asker.ask(&table, wait).await;
                asker
            }),
        );
        self.counts[1] += 1;
        Ok(())
    }

    async fn new_asker(&mut self, at: usize) -> Outcome<Asker> {
        let account = self.gadgets[at].device.account.clone();
        let proxy = Proxy::to_each(&self.server.addresses(), self.dice.throw(u64::from(u32::MAX))).await?;
        proxy.trouble(true);
        let rest = Rest::new(proxy.address(), Some(&account.token))?;
        let replica = Replica::new(&account.id);
        Ok(Asker { account, rest, proxy, replica, short: self.dice.one_in(2) })
    }

    /// The program whose request was given at `place`, when it is answered.
    async fn back(&mut self, place: usize) -> Outcome<Asker> {
        let asking = self.asking.remove(place);
        asking.await.map_err(|error| Failure(format!("a program's task: {error}")))
    }

    /// 2: what a program holds that only ever asked is what the server shows its person.
    pub(super) async fn askers_hold_what_is_shown(&mut self) -> Outcome {
        while !self.asking.is_empty() {
            let mut asker = self.back(0).await?;
            asker.proxy.trouble(false);
            let limit = Instant::now() + COMEBACK;
            while let Err(failure) = asker.ask(&self.table, 0).await {
                check!(Instant::now() < limit, "2: a program asks in vain: {failure}");
                sleep(Duration::from_millis(50)).await;
            }
            let Some(gadget) = self.gadgets.iter().find(|gadget| gadget.device.account.id == asker.account.id) else {
                continue;
            };
            let shown = Snapshot::take(&gadget.device, &self.table, self.server.address()).await?;
            asker.replica.watched = asker.replica.rooms.keys().cloned().collect();
            let mut found = oracle::differences(&asker.replica, &shown);
            found.append(&mut asker.replica.faults);
            let name = &asker.account.username;
            check!(found.is_empty(), "2: what a program of {name} holds:\n    {}", found.join("\n    "));
        }
        Ok(())
    }
}
