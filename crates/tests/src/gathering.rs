//! People together in one public room, for tests that are no conversation.

use crate::contract::{self, Table};
use crate::device::Device;
use crate::people::{self, Account};
use crate::rest::Rest;
use crate::server::{Server, Setting};
use crate::socket::{Refused, Transport};
use crate::{Failure, Outcome, fail};
use serde_json::{Value, json};
use uuid::Uuid;

/// A server on which some people are members of one public room.
pub struct Gathering {
    pub server: Server,
    pub table: Table,
    /// All people, the members of the room first; `PEOPLE` without Iris, who comes last.
    pub accounts: Vec<Account>,
    pub room: String,
}

impl Gathering {
    /// Starts a server; the first `members` of Ada, Bo, Cleo and Dan are in the room, Ada owns it.
    pub async fn of(members: usize, setting: Setting) -> Outcome<Gathering> {
        let (server, mut accounts) = people::server(setting).await?;
        accounts.rotate_left(1);
        let table = contract::table()?;
        let mut gathering = Gathering { server, table, accounts, room: String::new() };
        let wish = json!({"cid": cid(), "name": "garden", "kind": "public"});
        let room = gathering.value(0, "rooms.create", &wish).await?;
        let Some(id) = room["id"].as_str() else { fail!("a room without id: {room}") };
        gathering.room = id.to_string();
        for person in 1..members {
            gathering.value(person, "rooms.join", &json!({"cid": cid(), "room": gathering.room})).await?;
        }
        Ok(gathering)
    }

    /// The way to REST of one person.
    pub fn rest(&self, person: usize) -> Outcome<Rest> {
        self.server.rest(Some(&self.accounts[person].token))
    }

    /// A command by REST that must not be refused.
    pub async fn value(&self, person: usize, command: &str, arguments: &Value) -> Outcome<Value> {
        let answer = self.rest(person)?.call(&self.table, command, arguments).await?;
        answer.map_err(|error| Failure(format!("{command} {arguments}: {error}")))
    }

    /// A new connection of one person that has said hello.
    pub async fn device(&self, person: usize, transport: Transport) -> Outcome<Device> {
        let account = self.accounts[person].clone();
        let mut device = Device::new(&account.username.clone(), account, &self.rest(person)?, transport);
        connected(device.connect(self.server.address()).await)?;
        device.hello().await?;
        if !device.seen().replica.memberships.is_empty() {
            // A new device holds none of its rooms' messages until they are on its screen.
            device.hello_from(json!({"g": 0})).await?;
        }
        Ok(device)
    }

    /// The whole history of the room, oldest first.
    pub async fn history(&self, person: usize) -> Outcome<Vec<Value>> {
        self.history_after(person, 0).await
    }

    /// What was said in the room after the message `seq`, oldest first.
    pub async fn history_after(&self, person: usize, seq: u64) -> Outcome<Vec<Value>> {
        let (mut messages, mut after) = (Vec::new(), seq);
        loop {
            let wish = json!({"room": self.room, "after": after, "limit": 200});
            let page = self.value(person, "messages.history", &wish).await?;
            let Some(more) = page["messages"].as_array() else { fail!("no page: {page}") };
            messages.extend(more.iter().cloned());
            after = messages.last().and_then(|message: &Value| message["seq"].as_u64()).unwrap_or(after);
            if page["more_after"] != json!(true) || more.is_empty() {
                return Ok(messages);
            }
        }
    }
}

/// A new id for one intention.
pub fn cid() -> String {
    Uuid::now_v7().to_string()
}

/// A connection that was refused, as a failure.
pub fn connected(outcome: Result<(), Refused>) -> Outcome {
    match outcome {
        Ok(()) => Ok(()),
        Err(Refused::ByServer(refusal)) => fail!("the server refused the connection: {refusal}"),
        Err(Refused::Otherwise(failure)) => Err(failure),
    }
}
