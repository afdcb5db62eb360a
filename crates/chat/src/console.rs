//! What the command line does with accounts: the house's own hand, without a session.

use crate::users::{User, UserRole};
use crate::{Chat, Refusal, clock, ids, names, passwords};
use store::accounts::{AccountWrite, Admission, Standing};
use store::{Origin, Write};

fn origin(command: &'static str) -> Origin {
    Origin { user: None, cid: None, command, at: clock::now(), answer: None }
}

impl Chat {
    /// Makes an account, whatever the registration setting.
    pub async fn add_user(&self, username: &str, password: String, role: UserRole) -> Result<User, Refusal> {
        let name = names::form(username)?;
        passwords::check_new("password", &password)?;
        let id = ids::id();
        let write = AccountWrite::Create {
            id: id.clone(),
            display_name: name.username.clone(),
            username: name.username,
            name_key: name.key,
            skeleton: name.skeleton,
            time_zone: String::new(),
            standing: match role {
                UserRole::Member => Standing::Member,
                UserRole::Admin => Standing::Admin,
            },
            password: Some(self.passwords.hash(password).await?),
            admission: Admission::Free,
        };
        self.store.write(origin("console.add_user"), Write::Account(write)).await?;
        self.store.user(&id).await?.map(User::from).ok_or(Refusal::NoSuchUser)
    }

    /// Sets an account's password and ends all its sessions.
    pub async fn set_password(&self, username: &str, password: String) -> Result<(), Refusal> {
        passwords::check_new("password", &password)?;
        let user = self.named(username).await?;
        let password = self.passwords.hash(password).await?;
        let write = AccountWrite::Password { user, password, keep: None };
        self.store.write(origin("console.set_password"), Write::Account(write)).await?;
        Ok(())
    }

    /// Disables an account, or lets it in again. Disabling ends all its sessions.
    pub async fn disable_user(&self, username: &str, disabled: bool) -> Result<(), Refusal> {
        let user = self.named(username).await?;
        self.store.write(origin("console.disable"), Write::Account(AccountWrite::Disable { user, disabled })).await?;
        Ok(())
    }

    /// A page of all accounts in the order of their names, from after that name.
    pub async fn list_users(&self, after: Option<&str>, limit: usize) -> Result<Vec<User>, Refusal> {
        let after = after.and_then(names::key);
        Ok(self.store.all_users(after.as_deref(), limit).await?.into_iter().map(User::from).collect())
    }

    async fn named(&self, username: &str) -> Result<String, Refusal> {
        let key = names::key(username).ok_or(Refusal::NoSuchUser)?;
        let (user, _) = self.store.credentials(&key).await?.ok_or(Refusal::NoSuchUser)?;
        Ok(user.id)
    }
}
