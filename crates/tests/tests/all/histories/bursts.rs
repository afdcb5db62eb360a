//! Several people at the same moment: whatever order the server gives to what they do, it is one order for all.

use super::world::World;
use serde_json::{Value, json};
use tests::gathering::cid;
use tests::rest::Answer;
use tests::{Failure, Outcome};
use tokio::task::JoinSet;

/// What can be ordered afterwards by what it was answered.
const ORDERLY: [&str; 5] = ["messages.send", "messages.send", "messages.edit", "messages.delete", "reactions.set"];

impl World {
    /// Three people each do something, none waiting for the other.
    pub(super) async fn burst(&mut self) -> Outcome {
        let mut given: Vec<(usize, &str, Value)> = Vec::new();
        for _ in 0..3 {
            let at = self.dice.throw(self.gadgets.len() as u64) as usize;
            let person = self.gadgets[at].person;
            if given.iter().any(|(other, ..)| self.gadgets[*other].person == person) {
                continue;
            }
            let command = *self.dice.pick(&ORDERLY);
            if self.table.contains_key(command) {
                let mut input = self.arguments(at, command);
                input["cid"] = json!(cid());
                let empty =
                    self.model.rooms.get(input["room"].as_str().unwrap_or("")).is_none_or(|room| room.head() == 0);
                // What is refused because it comes before the first message would be done after it.
                if empty && let Some(fields) = input.as_object_mut() {
                    fields.remove("reply_to");
                }
                if !empty || command == "messages.send" {
                    given.push((at, command, input));
                }
            }
        }
        let mut calls = JoinSet::new();
        for (index, (at, command, input)) in given.iter().enumerate() {
            let (rest, table) = (self.gadgets[*at].device.rest.clone(), self.table.clone());
            let (command, input) = (*command, input.clone());
            calls.spawn(async move { (index, rest.call(&table, command, &input).await) });
        }
        let mut answers: Vec<Option<Answer>> = vec![None; given.len()];
        while let Some(called) = calls.join_next().await {
            let (index, answer) = called.map_err(|error| Failure(error.to_string()))?;
            answers[index] = answer.ok();
        }
        self.tell(format!("{} at once:", given.len()));
        let mut done = Vec::new();
        for ((at, command, input), answer) in given.into_iter().zip(answers) {
            // Whose answer was lost asks again.
            let answer = match answer {
                Some(answer) => answer,
                None => self.insist(at, command, &input).await?,
            };
            done.push((order(&answer), at, command, input, answer));
        }
        done.sort_by_key(|(order, ..)| *order);
        for (_, at, command, input, answer) in done {
            let _answer = self.answered(self.gadgets[at].person, command, input, answer).await?;
        }
        Ok(())
    }
}

/// When it was done. What was refused comes last, for what was refused then is refused now; and so does a deletion
/// of what was deleted already.
fn order(answer: &Answer) -> u64 {
    match answer {
        Ok(value) => value["gv"].as_u64().or(value["g"].as_u64()).filter(|g| *g > 0).unwrap_or(u64::MAX - 1),
        Err(_) => u64::MAX,
    }
}
