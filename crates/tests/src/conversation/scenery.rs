//! What happens around the people: they come and go, and the server restarts.

use super::scene::{Scene, person};
use super::step::{Deed, Scenery};
use crate::device::{Device, Way};
use crate::gathering::connected;
use crate::socket::Refused;
use crate::{Failure, Outcome, check, fail};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

impl Scene {
    pub(super) async fn scenery(&mut self, scenery: &Scenery) -> Outcome {
        match scenery {
            Scenery::StartsEmpty => {
                self.empty = true;
                Ok(())
            }
            Scenery::LimitsOn => {
                self.setting.limits = true;
                Ok(())
            }
            Scenery::ByWebSocket => {
                self.by_websocket = true;
                Ok(())
            }
            Scenery::Configured(text) => {
                self.setting.config.push_str(text);
                self.setting.config.push('\n');
                Ok(())
            }
            Scenery::Enter { devices, room } => self.enter(devices, room.as_ref()).await,
            Scenery::Restart => {
                self.server().await?.stop().await?;
                self.server().await?.again().await
            }
            Scenery::Operator { words, input } => self.operator(words, input).await,
            Scenery::Kill => {
                self.server().await?.kill().await?;
                self.server().await?.again().await
            }
            Scenery::Pass(seconds) => {
                sleep(Duration::from_secs(*seconds)).await;
                Ok(())
            }
            Scenery::RefusalsAlike => match self.refusals.as_slice() {
                [.., one, two] if one == two => Ok(()),
                other => fail!("they differ: {other:?}"),
            },
            Scenery::Remembers { who, seq } => self.remembers(who, *seq).await,
            Scenery::Repeats { who, other_way, times } => {
                for _ in 0..*times {
                    self.repeats(who, *other_way).await?;
                }
                Ok(())
            }
            scenery => self.of_connections(scenery).await,
        }
    }

    async fn of_connections(&mut self, scenery: &Scenery) -> Outcome {
        match scenery {
            Scenery::GoesOffline(who) => {
                self.device_mut(who)?.cut();
                Ok(())
            }
            Scenery::Closes(who) => {
                self.device_mut(who)?.close().await;
                Ok(())
            }
            Scenery::ComesBack(who) => self.comes_back(who, false).await,
            Scenery::ComesFromElsewhere(who) => self.comes_back(who, true).await,
            Scenery::Reloads(who) => {
                self.device_mut(who)?.close().await;
                self.comes_back(who, false).await
            }
            Scenery::CutOff(who) => self.device(who)?.cut_off().await.map(drop),
            Scenery::CannotReturn(who) => self.cannot_return(who).await,
            Scenery::SessionEnded(who) => {
                self.device(who)?.wait("a session end", |seen| !seen.replica.ended_sessions.is_empty()).await
            }
            Scenery::ToldOfGap { who, room } => {
                let id = self.room_id(room);
                let told = self.device(who)?.seen().replica.gaps.contains(&id);
                check!(told, "{who} was not told of a gap");
                Ok(())
            }
            Scenery::StartedAnew(who) => {
                check!(self.device(who)?.seen().replica.was_reset, "{who} was not told to forget");
                Ok(())
            }
            Scenery::KeptWhatItHeld(who) => {
                check!(!self.device(who)?.seen().replica.was_reset, "{who} was told to forget");
                Ok(())
            }
            Scenery::Reading { who, on } => {
                let socket = self.device(who)?.socket()?;
                if *on {
                    socket.resume()
                } else {
                    socket.pause()
                }
                Ok(())
            }
            Scenery::SyncsByRest(who) => self.syncs_by_rest(who).await,
            _ => Ok(()),
        }
    }

    async fn operator(&mut self, words: &str, input: &str) -> Outcome {
        let server = self.server().await?;
        server.stop().await?;
        server.operator(words, &format!("{input}\n")).await?;
        server.again().await
    }

    async fn enter(&mut self, devices: &[String], room: Option<&(String, String)>) -> Outcome {
        let address = self.address().await?;
        for name in devices {
            let mut device = self.new_device(name).await?;
            connected(device.connect(&address).await).map_err(|failure| failure.during(name))?;
            device.hello().await?;
            let has_rooms = !device.seen().replica.memberships.is_empty();
            if has_rooms {
                // A new device holds none of its rooms' messages until they are on its screen.
                device.hello_from(json!({"g": 0})).await?;
            }
            self.devices.insert(name.clone(), device);
        }
        let Some((kind, name)) = room else { return Ok(()) };
        for who in devices {
            let deed = match self.rooms.contains_key(name) {
                false => Deed::CreateRoom { kind: kind.clone(), room: name.clone(), topic: None },
                true if kind == "private" => Deed::JoinByCode(super::step::CodeOf::Room(name.clone())),
                true => Deed::Join(name.clone()),
            };
            let step = super::step::Act::Does { who: who.clone(), room: Some(name.clone()), deed };
            Box::pin(self.play(&super::step::Step { line: 0, words: String::new(), act: step })).await?;
        }
        self.current = name.clone();
        Ok(())
    }

    /// A person's first device, and each of its tabs, has the session that registering made; others sign in.
    async fn new_device(&mut self, name: &str) -> Outcome<Device> {
        let rest = self.rest().await?;
        if !self.accounts.contains_key(person(name)) {
            fail!("{name} is nobody yet: let {} register first", person(name));
        }
        if name.contains('\'') && !name.ends_with("tab") {
            let first = self.accounts.get(person(name)).cloned();
            let deed = Deed::SignIn { username: None, password: None };
            let wish = self.arguments(name, "", &deed).await?;
            let answer = rest.call(&self.table, "sessions.create", &wish).await?;
            let answer = answer.map_err(|error| Failure(format!("{name} cannot sign in: {error}")))?;
            let account = crate::people::Account::from_answer(&answer)?;
            if let Some(first) = first {
                self.accounts.insert(person(name).into(), first);
            }
            return Ok(Device::new(name, account, &rest, self.transport()));
        }
        let account = self.accounts.get(person(name)).cloned();
        let account = account.ok_or_else(|| Failure(format!("{name} is nobody")))?;
        Ok(Device::new(name, account, &rest, self.transport()))
    }

    async fn comes_back(&mut self, who: &str, elsewhere: bool) -> Outcome {
        let address = self.address().await?;
        let device = self.device_mut(who)?;
        device.cut();
        connected(device.connect(&address).await).map_err(|failure| failure.during(who))?;
        if elsewhere {
            device.seen().replica.epoch = json!("an epoch that never was");
        }
        device.hello().await
    }

    async fn cannot_return(&mut self, who: &str) -> Outcome {
        let address = self.address().await?;
        let table = self.table.clone();
        let device = self.device_mut(who)?;
        device.cut();
        match device.connect(&address).await {
            Err(Refused::ByServer(refusal)) => {
                check!(refusal["data"]["code"] == "auth.required", "CONNECT_ERROR says {refusal}");
            }
            Err(Refused::Otherwise(failure)) => return Err(failure),
            Ok(()) => fail!("{who} could connect"),
        }
        match device.rest.call(&table, "profile.get", &json!({})).await? {
            Err(error) if error["code"] == "auth.required" => Ok(()),
            other => fail!("REST answered {other:?}"),
        }
    }

    async fn remembers(&mut self, who: &str, seq: u64) -> Outcome {
        let place = (self.room_id(&self.current), self.seq(&self.current, seq));
        let device = self.device(who)?;
        device.wait("it", |seen| seen.replica.messages.contains_key(&place)).await?;
        let gv = device.seen().replica.messages.get(&place).and_then(|message| message["gv"].as_u64());
        self.remembered = gv.ok_or_else(|| Failure(format!("{who} holds no #{seq}")))?;
        Ok(())
    }

    async fn repeats(&mut self, who: &str, other_way: bool) -> Outcome {
        let Some(given) = &self.given else { fail!("nothing was done that could be repeated") };
        let way = if other_way { given.way.other() } else { given.way };
        let again = self.device(who)?.call(&self.table, way, &given.name, &given.arguments).await?;
        match again {
            Ok(value) if value == given.value => Ok(()),
            other => fail!("first answered with {}, now with {other:?}", given.value),
        }
    }

    /// What `GET /sync` answers from the start must lead to the same as the socket's `hello`.
    async fn syncs_by_rest(&mut self, who: &str) -> Outcome {
        let device = self.device(who)?;
        let rooms: Vec<String> = device.seen().replica.memberships.keys().cloned().collect();
        let wish = json!({"g": 0, "watch": rooms});
        let answer = device.call(&self.table, Way::Rest, "hello", &wish).await?;
        let answer = answer.map_err(|error| Failure(format!("GET /sync: {error}")))?;
        let mut replica = crate::replica::Replica::new(&device.account.id);
        replica.begin_hello(&wish);
        replica.hear("chunk", json!({"ops": answer["ops"], "reset": answer["reset"]}));
        for gap in answer["gaps"].as_array().into_iter().flatten() {
            replica.hear("gap", gap.clone());
        }
        replica.hear("done", answer.clone());
        check!(replica.faults.is_empty(), "{:?}", replica.faults);
        check!(replica.was_reset && replica.settled(), "neither reset nor done: {answer}");
        let seen = device.seen();
        let same = replica.messages == seen.replica.messages && replica.rooms.keys().eq(seen.replica.rooms.keys());
        check!(same, "GET /sync shows {:?}, the socket {:?}", replica.messages, seen.replica.messages);
        Ok(())
    }
}
