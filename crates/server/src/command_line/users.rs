//! `parlour user`: accounts from the command line. Passwords never stand in arguments, where others could read them.

use super::{Place, print};
use crate::Failure;
use crate::house::sentence;
use chat::{Chat, UserRole};
use clap::{Args, Subcommand};
use std::io::{BufRead, IsTerminal};

/// How many accounts are read at once.
const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make an account; its password is asked for, or read from the standard input
    Add(Add),
    /// Set an account's password and end all its sessions
    Password(Named),
    /// List all accounts: name, role, state, display name
    List(Place),
    /// Keep somebody out: all sessions end, signing in is refused
    Disable(Named),
    /// Let somebody in again
    Enable(Named),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    #[command(flatten)]
    named: Named,
    /// Make the account an administrator
    #[arg(long)]
    admin: bool,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// The account's name
    name: String,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(user: &User) -> Result<(), Failure> {
    match user {
        User::Add(Add { named, admin }) => {
            let role = if *admin { UserRole::Admin } else { UserRole::Member };
            let password = password()?;
            named.place.open(async move |chat| {
                let user = chat.add_user(&named.name, password, role).await.map_err(|refusal| refused(&refusal))?;
                print(&format!("{} can sign in now.\n", user.username))
            })
        }
        User::Password(named) => {
            let password = password()?;
            named.place.open(async move |chat| {
                chat.set_password(&named.name, password).await.map_err(|refusal| refused(&refusal))?;
                print(&format!("{} has a new password; all sessions have ended.\n", named.name))
            })
        }
        User::List(place) => place.open(list),
        User::Disable(named) => disable(named, true, "is disabled; all sessions have ended"),
        User::Enable(named) => disable(named, false, "can sign in again"),
    }
}

fn disable(named: &Named, disabled: bool, done: &str) -> Result<(), Failure> {
    named.place.open(async move |chat| {
        chat.disable_user(&named.name, disabled).await.map_err(|refusal| refused(&refusal))?;
        print(&format!("{} {done}.\n", named.name))
    })
}

async fn list(chat: Chat) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let users = chat.list_users(after.as_deref(), PAGE).await.map_err(|refusal| refused(&refusal))?;
        let line = |user: &chat::User| {
            let role = match user.role {
                UserRole::Admin => "admin",
                UserRole::Member => "member",
            };
            let state = match (user.disabled, user.imported) {
                (true, _) => "disabled",
                (_, true) => "imported",
                _ => "active",
            };
            format!("{}\t{role}\t{state}\t{}\n", user.username, user.display_name)
        };
        print(&users.iter().map(line).collect::<String>())?;
        match users.last() {
            Some(last) if users.len() == PAGE => after = Some(last.username.clone()),
            _ => return Ok(()),
        }
    }
}

fn refused(refusal: &chat::Refusal) -> Failure {
    Failure(sentence(refusal))
}

/// Asks for a password twice at a terminal, without showing it; otherwise takes the first line of the standard input.
fn password() -> Result<String, Failure> {
    let unreadable = |error: std::io::Error| Failure(format!("No password could be read: {error}."));
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).map_err(unreadable)?;
        let password = line.trim_end_matches(['\r', '\n']);
        return match password {
            "" => Err(Failure("There is no password on the standard input.".into())),
            password => Ok(password.to_owned()),
        };
    }
    let password = rpassword::prompt_password("Password: ").map_err(unreadable)?;
    let again = rpassword::prompt_password("The same again: ").map_err(unreadable)?;
    if password != again {
        return Err(Failure("The two passwords differ; nothing was changed.".into()));
    }
    Ok(password)
}
