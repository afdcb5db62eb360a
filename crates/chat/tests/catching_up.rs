//! What a connection is told when something of its catch-up cannot be delivered.

// A test that fails says so by panicking.
#![allow(clippy::unwrap_used)]

use chat::{Batch, Caller, Chat, Delivered, Outlet, Refusal, Settings};
use serde_json::{Value, json};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// An outlet whose queue is full at the first event of one name.
struct Full {
    at: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    overflowed: bool,
    heard: Vec<&'static str>,
}

impl Full {
    fn at(name: &'static str) -> Arc<Full> {
        Arc::new(Full { at: name, state: Mutex::default() })
    }

    fn heard(&self) -> Vec<&'static str> {
        self.state.lock().unwrap().heard.clone()
    }
}

impl Outlet for Full {
    fn deliver(&self, batch: &Batch) -> Delivered {
        let mut state = self.state.lock().unwrap();
        for event in &batch.events {
            if event.name == self.at && !state.overflowed {
                state.overflowed = true;
                return Delivered::Overflowed;
            }
            state.heard.push(event.name);
        }
        Delivered::Taken
    }

    fn drained(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {})
    }

    fn end(&self) {}

    fn drop_line(&self) {}
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays is no fault of what was tested.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn run(chat: &Chat, name: &str, caller: Caller, input: Value) -> Result<Value, Refusal> {
    let command = chat.command(name).expect("a line of the table");
    let answer = command.run(chat, caller, input.to_string().as_bytes()).await?;
    Ok(serde_json::from_slice(&answer).expect("JSON"))
}

#[tokio::test]
async fn a_catch_up_that_lost_something_is_never_said_to_be_done() {
    let folder = Folder(std::env::temp_dir().join(format!("parlour-chat-{}", uuid::Uuid::now_v7())));
    let chat = Chat::open(&folder.0, Settings { limits: false, ..Settings::default() }).await.unwrap();
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let stranger = Caller { identity: None, connection: None, address, program: String::new() };
    let wish = json!({"username": "ada", "password": "correct horse battery staple"});
    let ada = run(&chat, "accounts.create", stranger.clone(), wish).await.unwrap();
    let identity = chat.authenticate(ada["token"].as_str().unwrap()).await.unwrap().unwrap();
    for lost in ["chunk", "done"] {
        let outlet = Full::at(lost);
        let connection = chat.connect(identity.clone(), outlet.clone()).await;
        let caller =
            Caller { identity: Some(identity.clone()), connection: Some(connection.clone()), ..stranger.clone() };
        let hello = run(&chat, "hello", caller.clone(), json!({})).await;
        assert!(hello.is_err(), "{lost} was lost, and hello is answered with {hello:?}");
        assert!(!outlet.heard().contains(&"done"), "{lost} was lost, but it heard {:?}", outlet.heard());
        // Asked again with room in the queue, it gets all of it.
        run(&chat, "hello", caller, json!({})).await.unwrap();
        assert_eq!(outlet.heard().last(), Some(&"done"));
        assert!(outlet.heard().contains(&"chunk"));
        chat.disconnect(&connection).await;
    }
    chat.close().await;
}
