//! The eight statements about the cursor, each checked when everything has come to rest.

use super::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::device::Screen;
use tests::model;
use tests::oracle::{self, Snapshot};
use tests::rest::Rest;
use tests::{Failure, Outcome, check};

/// The most bytes that a changed row and a changed room may cost, and what every coming back may.
const COST: (u64, u64, u64) = (1_000, 1_400, 12_000);

impl World {
    /// A whole history: everybody lives, and then it is proven.
    pub(super) async fn play(&mut self) -> Outcome {
        self.live().await?;
        self.proofs().await
    }

    /// Everybody comes to rest, and what was promised is true.
    async fn proofs(&mut self) -> Outcome {
        self.settle().await?;
        self.costs_what_changed().await?;
        self.replicas_are_what_is_shown().await?;
        self.server_is_what_the_model_says().await?;
        self.applied_in_order()?;
        self.same_cid_is_the_same().await?;
        self.devices_of_one_agree()?;
        self.nothing_of_what_is_lost().await?;
        self.blocks_are_proven().await
    }

    /// The network is calm, everybody is connected, tricks are over.
    async fn settle(&mut self) -> Outcome {
        self.calm = true;
        for at in 0..self.gadgets.len() {
            let gadget = &mut self.gadgets[at];
            gadget.proxy.trouble(false);
            gadget.device.plays_fair();
            let alive = gadget.device.is_connected() && gadget.device.fence().await.is_ok();
            if alive && gadget.device.rest().await.is_ok() {
                // This one may have lived through all of it on one connection; only its ways by REST begin anew.
                gadget.device.rest = Rest::new(gadget.proxy.address(), Some(&gadget.device.account.token))?;
                continue;
            }
            gadget.proxy.cut();
            self.come_back(at).await?;
            self.gadgets[at].device.rest().await?;
            let gadget = &mut self.gadgets[at];
            gadget.device.rest = Rest::new(gadget.proxy.address(), Some(&gadget.device.account.token))?;
        }
        Ok(())
    }

    /// 3: coming back costs what changed since, and no more.
    async fn costs_what_changed(&mut self) -> Outcome {
        for at in 0..self.gadgets.len() {
            let gadget = &mut self.gadgets[at];
            gadget.proxy.trouble(false);
            let Some(told_at) = gadget.told_at else { continue };
            let bare = gadget.device.seen().replica.nothing_held();
            gadget.device.cut();
            let before = gadget.proxy.heard();
            if let Err(refused) = gadget.device.connect(gadget.proxy.address()).await {
                tests::gathering::connected(Err(refused))?;
            }
            gadget.device.hello().await?;
            let bytes = gadget.proxy.heard() - before;
            let (rows, rooms) = self.model.changes_seen(&gadget.device.account.id, told_at);
            // A room that comes on the screen for the first time brings its newest 50.
            let allowed = COST.0 * (rows + 50 * bare) + COST.1 * rooms + COST.2;
            let name = &gadget.device.name;
            check!(
                bytes <= allowed,
                "3: {name} heard {bytes} bytes for {rows} rows in {rooms} rooms, {bare} of them new on its screen"
            );
            gadget.told_at = Some(self.model.log.len());
        }
        Ok(())
    }

    /// 2, 6: every replica is what the server shows that person: first as far as it is on the screen, then all of it.
    async fn replicas_are_what_is_shown(&mut self) -> Outcome {
        let address = self.server.address().to_string();
        for gadget in &mut self.gadgets {
            oracle::agree(&gadget.device, &self.table, &address).await.map_err(|failure| failure.during("2"))?;
            if gadget.device.screen != Screen::All {
                gadget.device.screen = Screen::All;
                gadget.device.rest().await?;
                let agreed = oracle::agree(&gadget.device, &self.table, &address).await;
                agreed.map_err(|failure| failure.during("2, all rooms on the screen"))?;
            }
        }
        Ok(())
    }

    /// 4, 5: what was acknowledged is there, and nothing is there twice.
    async fn server_is_what_the_model_says(&mut self) -> Outcome {
        let address = self.server.address().to_string();
        for (person, account) in self.accounts.iter().enumerate() {
            let Some(gadget) = self.gadgets.iter().find(|gadget| gadget.person == person) else { continue };
            let shown = Snapshot::take(&gadget.device, &self.table, &address).await?;
            let differences = model::compare(&self.model, &account.id, &shown);
            check!(differences.is_empty(), "4, 5: the model and the server:\n    {}", differences.join("\n    "));
        }
        Ok(())
    }

    /// 1: ops of a room came in the order of `g`, each once; nothing broke the protocol.
    fn applied_in_order(&self) -> Outcome {
        for gadget in &self.gadgets {
            let faults = gadget.device.seen().replica.faults.join("\n    ");
            check!(faults.is_empty(), "1, 8: what {} heard:\n    {faults}", gadget.device.name);
        }
        Ok(())
    }

    /// 4: every command that was carried out does nothing more when it is repeated.
    async fn same_cid_is_the_same(&mut self) -> Outcome {
        let newest: Vec<_> = self.given.iter().rev().take(12).cloned().collect();
        for given in newest {
            let rest = self.server.rest(Some(&self.accounts[given.person].token))?;
            let again = rest.call(&self.table, &given.command, &given.input).await?;
            let (command, input) = (&given.command, &given.input);
            check!(again.as_ref() == Ok(&given.answer), "4: {command} {input}: {}, now {again:?}", given.answer);
        }
        self.server_is_what_the_model_says().await
    }

    /// 7: all devices of one person show the same read state.
    fn devices_of_one_agree(&self) -> Outcome {
        let mut shown: BTreeMap<usize, (String, Value)> = BTreeMap::new();
        for gadget in &self.gadgets {
            let state = |membership: &Value| {
                json!(["read", "version", "unread", "mentions"].map(|field| membership[field].clone()))
            };
            let seen = gadget.device.seen();
            let states: BTreeMap<&String, Value> =
                seen.replica.memberships.iter().map(|(room, membership)| (room, state(membership))).collect();
            let states = json!(states);
            let name = gadget.device.name.clone();
            match shown.get(&gadget.person) {
                Some((other, theirs)) => check!(*theirs == states, "7: {other} shows {theirs}, {name} {states}"),
                None => drop(shown.insert(gadget.person, (name, states))),
            }
        }
        Ok(())
    }

    /// 8: of a room that somebody is not in, nothing is held and nothing is told by any way.
    async fn nothing_of_what_is_lost(&self) -> Outcome {
        for gadget in &self.gadgets {
            let me = &gadget.device.account.id;
            let inside = |room: &String| self.model.rooms.get(room).is_some_and(|room| room.seats.contains_key(me));
            for room in self.rooms.iter().filter(|room| !inside(room)) {
                check!(
                    !gadget.device.seen().replica.holds_something_of(room),
                    "8: {} still holds something of {room}",
                    gadget.device.name
                );
                let public = self.model.rooms.get(room).is_some_and(|room| room.kind == "public");
                let right = if public { "rooms.not_a_member" } else { "rooms.not_found" };
                for command in ["messages.history", "rooms.members"] {
                    let answer = gadget.device.rest.call(&self.table, command, &json!({"room": room})).await?;
                    let said = answer.err().map(|error| error["code"].clone());
                    check!(said == Some(json!(right)), "8: {command} of {room} for {me}: {said:?}");
                }
            }
        }
        Ok(())
    }

    /// Digests: every block that is held whole is what the server has.
    async fn blocks_are_proven(&self) -> Outcome {
        for gadget in &self.gadgets {
            let blocks = gadget.device.seen().replica.all_digests();
            let wish = json!({"blocks": blocks, "cause": "hourly"});
            let answer = gadget.device.rest.call(&self.table, "sync.check", &wish).await?;
            let answer = answer.map_err(|error| Failure(format!("sync.check: {error}")))?;
            check!(answer["different"] == json!([]), "{}: blocks differ: {answer}", gadget.device.name);
        }
        Ok(())
    }
}
