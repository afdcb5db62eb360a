//! The command table: everything that Parlour can do, once. Doors, limits, OpenAPI and tests are made from it.

mod decode;

use crate::caller::{Caller, FromCaller};
use crate::limits::Allowance;
use crate::settings::own as settings;
use crate::{Chat, Refusal};
use crate::{
    accounts, direct, drafts, formatting, invitations, members, messages, notices, passwords, pins, presence, profiles,
    push, reactions,
};
use crate::{reads, rooms, saved, sessions, sync, typing, users};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;

/// Who may call a command; finer rights are the command's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Anyone,
    SignedIn,
    /// Administrators of the instance.
    Admin,
}

/// What an answer does to the session cookie of a browser that asked by REST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    Keep,
    /// To the answer's `token`.
    Set,
    Clear,
}

/// A command's method and path under `/api/v1`; `{name}` are fields of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
}

type Answer = Pin<Box<dyn Future<Output = Result<Bytes, Refusal>> + Send>>;
type Run = dyn Fn(Chat, Caller, &[u8]) -> Answer + Send + Sync;

/// One line of the table.
pub struct Command {
    pub name: &'static str,
    pub routes: Vec<Route>,
    pub who: Who,
    /// How often one user (or address, before signing in) may.
    pub allowance: Allowance,
    pub cookie: Cookie,
    /// One sentence for the documentation.
    pub summary: &'static str,
    pub input: fn(&mut SchemaGenerator) -> Schema,
    pub output: fn(&mut SchemaGenerator) -> Schema,
    run: Box<Run>,
}

impl Command {
    /// Carries the command out. `input` is the JSON object of its fields; the answer is JSON.
    pub async fn run(&self, chat: &Chat, caller: Caller, input: &[u8]) -> Result<Bytes, Refusal> {
        if caller.connection.as_ref().is_some_and(|connection| connection.is_signed_out()) {
            return Err(Refusal::SignInRequired);
        }
        match (self.who, &caller.identity) {
            (Who::SignedIn | Who::Admin, None) => return Err(Refusal::SignInRequired),
            (Who::Admin, Some(identity)) if !identity.admin => return Err(Refusal::AdministratorsOnly),
            _ => {}
        }
        chat.limits.check(self, &caller)?;
        (self.run)(chat.clone(), caller, input).await
    }

    fn sets_cookie(mut self, cookie: Cookie) -> Self {
        self.cookie = cookie;
        self
    }

    fn also(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }
}

/// One line: its function's signature gives the shapes of input and answer.
fn line<C, I, O, F, W>(
    name: &'static str,
    route: Route,
    who: Who,
    allowance: Allowance,
    summary: &'static str,
    function: F,
) -> Command
where
    C: FromCaller,
    I: DeserializeOwned + JsonSchema,
    O: Serialize + JsonSchema,
    F: Fn(Chat, C, I) -> W + Copy + Send + Sync + 'static,
    W: Future<Output = Result<O, Refusal>> + Send + 'static,
{
    Command {
        name,
        routes: vec![route],
        who,
        allowance,
        cookie: Cookie::Keep,
        summary,
        input: |generator| generator.subschema_for::<I>(),
        output: |generator| generator.subschema_for::<O>(),
        run: Box::new(move |chat, caller, json| {
            let decoded = decode::decode::<I>(json).and_then(|input| Ok((C::from_caller(caller, json)?, input)));
            match decoded {
                Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
                Ok((caller, input)) => {
                    let work = function(chat, caller, input);
                    Box::pin(
                        async move { serde_json::to_vec(&work.await?).map(Bytes::from).map_err(Refusal::internal) },
                    )
                }
            }
        }),
    }
}

const fn get(path: &'static str) -> Route {
    Route { method: "GET", path }
}
const fn post(path: &'static str) -> Route {
    Route { method: "POST", path }
}
const fn put(path: &'static str) -> Route {
    Route { method: "PUT", path }
}
const fn patch(path: &'static str) -> Route {
    Route { method: "PATCH", path }
}
const fn delete(path: &'static str) -> Route {
    Route { method: "DELETE", path }
}
const fn per(seconds: u32, times: u32) -> Allowance {
    Allowance { times, seconds }
}

/// The table.
#[rustfmt::skip]
pub fn table() -> Vec<Command> {
    use Who::{Admin, Anyone, SignedIn};
    vec![
        line("accounts.create",    post("/accounts"),                         Anyone,   per(60, 10),  "Register an account and sign in.", accounts::create).sets_cookie(Cookie::Set),
        line("sessions.create",    post("/sessions"),                         Anyone,   per(60, 30),  "Sign in.", sessions::create).sets_cookie(Cookie::Set),
        line("sessions.list",      get("/sessions"),                          SignedIn, per(10, 30),  "My sessions.", sessions::list),
        line("sessions.end",       delete("/sessions/current"),               SignedIn, per(10, 30),  "Sign out.", sessions::end).sets_cookie(Cookie::Clear),
        line("sessions.revoke",    delete("/sessions/{session}"),             SignedIn, per(10, 30),  "End one of my sessions.", sessions::revoke),
        line("password.change",    put("/password"),                          SignedIn, per(60, 5),   "Change my password; my other sessions end.", passwords::change),
        line("profile.get",        get("/profile"),                           SignedIn, per(10, 100), "My own account.", profiles::get),
        line("profile.set",        patch("/profile"),                         SignedIn, per(60, 30),  "Change my profile.", profiles::set),
        line("settings.get",       get("/settings"),                          SignedIn, per(10, 60),  "What I have chosen for all my devices.", settings::get),
        line("settings.set",       patch("/settings"),                        SignedIn, per(60, 60),  "Choose something for all my devices.", settings::set),
        line("users.list",         get("/users"),                             SignedIn, per(10, 100), "Find people by name, or look them up by id.", users::list),
        line("users.get",          get("/users/{user}"),                      SignedIn, per(10, 200), "One person.", users::get),
        line("invitations.create", post("/invitations"),                      Admin,    per(60, 30),  "Make an invitation to register.", invitations::create),
        line("invitations.list",   get("/invitations"),                       Admin,    per(10, 30),  "Invitations that can still be used.", invitations::list),
        line("invitations.revoke", delete("/invitations/{invitation}"),       Admin,    per(10, 30),  "Revoke an invitation.", invitations::revoke),
        line("rooms.create",       post("/rooms"),                            SignedIn, per(60, 20),  "Make a room.", rooms::create),
        line("rooms.list",         get("/rooms"),                             SignedIn, per(10, 60),  "My rooms, or the public ones.", rooms::list),
        line("rooms.get",          get("/rooms/{room}"),                      SignedIn, per(10, 200), "One room.", rooms::get),
        line("rooms.join",         post("/rooms/{room}/join"),                SignedIn, per(60, 60),  "Join a public room, or any by its code.", rooms::join).also(post("/rooms/join")),
        line("rooms.leave",        post("/rooms/{room}/leave"),               SignedIn, per(60, 60),  "Leave a room.", rooms::leave),
        line("rooms.update",       patch("/rooms/{room}"),                    SignedIn, per(60, 30),  "Change a room's name, topic or kind.", rooms::update),
        line("rooms.renew_code",   post("/rooms/{room}/code"),                SignedIn, per(60, 10),  "Give a room a new join code.", rooms::renew_code),
        line("rooms.delete",       delete("/rooms/{room}"),                   SignedIn, per(60, 20),  "Delete a room.", rooms::delete),
        line("rooms.members",      get("/rooms/{room}/members"),              SignedIn, per(10, 60),  "Who is in a room, and who of them is online.", members::list),
        line("rooms.hide",         post("/rooms/{room}/hide"),                SignedIn, per(10, 30),  "Hide a direct room for me until something new comes.", direct::hide),
        line("rooms.notify",       put("/rooms/{room}/notify"),               SignedIn, per(10, 30),  "Of what in a room I want to be told; or of nothing for a while.", notices::set),
        line("members.kick",       delete("/rooms/{room}/members/{user}"),    SignedIn, per(60, 30),  "Put somebody out of a room.", members::kick),
        line("members.set_role",   put("/rooms/{room}/members/{user}"),       SignedIn, per(60, 30),  "Change somebody's role in a room.", members::set_role),
        line("direct.open",        post("/direct"),                           SignedIn, per(60, 30),  "Open a direct room with people.", direct::open),
        line("messages.send",      post("/rooms/{room}/messages"),            SignedIn, per(10, 30),  "Post a message.", messages::send),
        line("messages.edit",      patch("/rooms/{room}/messages/{seq}"),     SignedIn, per(10, 30),  "Change my message.", messages::edit),
        line("messages.delete",    delete("/rooms/{room}/messages/{seq}"),    SignedIn, per(10, 30),  "Delete a message, for everybody or for me.", messages::delete),
        line("messages.history",   get("/rooms/{room}/messages"),             SignedIn, per(10, 200), "A page of history.", messages::history),
        line("messages.get",       get("/rooms/{room}/messages/{seq}"),       SignedIn, per(10, 200), "One message.", messages::get),
        line("messages.revisions", get("/rooms/{room}/messages/{seq}/revisions"), SignedIn, per(10, 60), "Former texts of an edited message.", messages::revisions),
        line("messages.preview",   post("/preview"),                          SignedIn, per(10, 30),  "How a text would be shown as a message.", formatting::preview),
        line("reactions.set",      put("/rooms/{room}/messages/{seq}/reactions/{emoji}"), SignedIn, per(10, 50), "Put an emoji to a message, or take it away.", reactions::set),
        line("pins.set",           put("/rooms/{room}/messages/{seq}/pin"),   SignedIn, per(10, 30),  "Pin a message for the room, or take the pin away.", pins::set),
        line("pins.list",          get("/rooms/{room}/pins"),                 SignedIn, per(10, 60),  "The pinned messages of a room.", pins::list),
        line("saved.set",          put("/rooms/{room}/messages/{seq}/saved"), SignedIn, per(10, 50),  "Keep a message for me, or no longer.", saved::set),
        line("saved.list",         get("/saved"),                             SignedIn, per(10, 60),  "The messages that I keep.", saved::list),
        line("drafts.set",         put("/rooms/{room}/draft"),                SignedIn, per(10, 50),  "What I have begun to write in a room.", drafts::set),
        line("reads.set",          put("/rooms/{room}/read"),                 SignedIn, per(10, 100), "I have read up to here; or mark as unread.", reads::set),
        line("reads.list",         get("/reads"),                             SignedIn, per(10, 60),  "My read positions and unread counts.", reads::list),
        line("push.key",           get("/push"),                              SignedIn, per(10, 30),  "Whether this server wakes browsers, and by which key.", push::key),
        line("push.subscribe",     put("/push"),                              SignedIn, per(60, 30),  "Wake this session's browser when something concerns me.", push::subscribe),
        line("push.unsubscribe",   delete("/push"),                           SignedIn, per(10, 30),  "Wake it no more.", push::unsubscribe),
        line("typing.set",         put("/rooms/{room}/typing"),               SignedIn, per(10, 30),  "I am typing, or no longer.", typing::set),
        line("presence.set",       put("/presence"),                          SignedIn, per(10, 30),  "This connection is online or away.", presence::set),
        line("watch.set",          put("/watch"),                             SignedIn, per(10, 60),  "The rooms on screen.", sync::watch),
        line("sync.check",         post("/sync/check"),                       SignedIn, per(60, 60),  "Compare what I hold with what there is.", sync::check),
        line("hello",              get("/sync"),                              SignedIn, per(60, 60),  "What changed since my cursor.", sync::hello),
    ]
}
