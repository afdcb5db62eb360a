//! Pushes: what is stored of them, and their rules.

use super::{MOST, PushWrite, Pushed, Pushes, ReadTo, Recipient, Subscription};
use crate::engine::{Engine, Group};
use crate::sql::statements::statements;
use crate::sql::{Columns, Failure};
use crate::{Ack, Error, Refused, Seq, UserId};
use async_trait::async_trait;

statements! {
    KEY = "SELECT push_key FROM instance WHERE one = 1";
    KEEP_KEY = "UPDATE instance SET push_key = ?1 WHERE one = 1 AND push_key IS NULL";
    IS_OPEN = "SELECT 1 FROM sessions WHERE id = ?1 AND user = ?2 AND ended IS NULL";
    IS_SUBSCRIBED = "SELECT 1 FROM subscriptions WHERE session = ?1";
    SUBSCRIBERS = "SELECT user FROM subscriptions WHERE user > ?1 ORDER BY user LIMIT ?2";
    IS_FULL = "SELECT 1 FROM subscriptions WHERE user = ?1 AND session <> ?2 LIMIT 1 OFFSET ?3";
    BY_ENDPOINT = "SELECT session FROM subscriptions WHERE endpoint = ?1";
    SUBSCRIBE = "INSERT INTO subscriptions (session, user, endpoint, p256dh, auth) VALUES (?1, ?2, ?3, ?4, ?5)";
    UNSUBSCRIBE = "DELETE FROM subscriptions WHERE session = ?1";
    SENT = "INSERT INTO pushed (session, room, seq) VALUES (?1, ?2, ?3)
        ON CONFLICT (session, room) DO UPDATE SET seq = ?3";
    SETTLED = "DELETE FROM pushed WHERE session = ?1 AND room = ?2 AND seq <= ?3";
    FORGET_SENT = "DELETE FROM pushed WHERE session = ?1";
    NAMED = "SELECT s.session, s.user, s.endpoint, s.p256dh, s.auth, m.notify, m.muted, m.read
        FROM members m CROSS JOIN subscriptions s ON s.user = m.user
        WHERE m.room = ?1 AND m.user = ?2 AND m.role IS NOT NULL";
    LOUD = "SELECT s.session, s.user, s.endpoint, s.p256dh, s.auth, m.notify, m.muted, m.read
        FROM members m INDEXED BY members_loud CROSS JOIN subscriptions s ON s.user = m.user
        WHERE m.room = ?1 AND m.notify = 1 AND m.role IS NOT NULL";
    EVERYBODY = "SELECT s.session, s.user, s.endpoint, s.p256dh, s.auth, m.notify, m.muted, m.read
        FROM members m CROSS JOIN subscriptions s ON s.user = m.user
        WHERE m.room = ?1 AND m.role IS NOT NULL";
    PUSHED = "SELECT s.session, s.user, s.endpoint, s.p256dh, s.auth
        FROM subscriptions s CROSS JOIN pushed p ON p.session = s.session
        WHERE s.user = ?1 AND p.room = ?2 AND p.seq <= ?3";
    PUSHED_OF = "SELECT s.session, s.user, s.endpoint, s.p256dh, s.auth
        FROM pushed p CROSS JOIN subscriptions s ON s.session = p.session
        WHERE p.room = ?1 AND p.seq = ?2";
    IS_PUSHED = "SELECT 1 FROM pushed WHERE session = ?1 AND room = ?2 AND seq = ?3";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, write: &PushWrite) -> Result<Ack, Failure> {
    match write {
        PushWrite::Key { key } => group.run(KEEP_KEY, [key])?,
        PushWrite::Subscribe(wish) => subscribe(group, wish)?,
        PushWrite::Unsubscribe { session } => unsubscribe(group, session)?,
        PushWrite::Gone { endpoint } => forget(group, endpoint)?,
        PushWrite::Sent { room, seq, sessions } => {
            for session in sessions {
                // Whoever has unsubscribed meanwhile was sent nothing.
                if group.exists(IS_SUBSCRIBED, [session])? {
                    group.run(SENT, (session, room, seq))?;
                }
            }
        }
        PushWrite::Settled { pushed } => {
            for (session, room, seq) in pushed {
                group.run(SETTLED, (session, room, seq))?;
            }
        }
    }
    Ok(Ack::default())
}

fn subscribe(group: &Group<'_, '_>, wish: &Subscription) -> Result<(), Failure> {
    let Subscription { session, user, endpoint, p256dh, auth } = wish;
    if !group.exists(IS_OPEN, (session, user))? {
        return Err(Refused::NoSuchSession.into());
    }
    if group.exists(IS_FULL, (user, session, MOST - 1))? {
        return Err(Refused::TooMany(MOST).into());
    }
    forget(group, endpoint)?;
    unsubscribe(group, session)?;
    group.run(SUBSCRIBE, (session, user, endpoint, p256dh, auth))
}

fn forget(group: &Group<'_, '_>, endpoint: &str) -> Result<(), Failure> {
    let session: Option<String> = group.first(BY_ENDPOINT, [endpoint], |row| row.get(0))?;
    session.map_or(Ok(()), |session| unsubscribe(group, &session))
}

/// Ends the session's subscription, if it has one.
pub(crate) fn unsubscribe(group: &Group<'_, '_>, session: &str) -> Result<(), Failure> {
    group.run(FORGET_SENT, [session])?;
    group.run(UNSUBSCRIBE, [session])
}

fn subscription(row: &Columns<'_>) -> Result<Subscription, Failure> {
    Ok(Subscription {
        session: row.get(0)?,
        user: row.get(1)?,
        endpoint: row.get(2)?,
        p256dh: row.get(3)?,
        auth: row.get(4)?,
    })
}

fn recipient(row: &Columns<'_>) -> Result<Recipient, Failure> {
    let (notify, muted, read) = (row.get(5)?, row.get(6)?, row.get(7)?);
    Ok(Recipient { subscription: subscription(row)?, notify, muted, read })
}

#[async_trait]
impl Pushes for Engine {
    async fn push_key(&self) -> Result<Option<Vec<u8>>, Error> {
        self.readers.ask(|db| db.one(KEY, (), |row| row.get(0))).await
    }

    async fn subscribers(&self, after: &str, limit: usize) -> Result<Vec<UserId>, Error> {
        let after = after.to_owned();
        self.readers.ask(move |db| db.all(SUBSCRIBERS, (after, limit), |row| row.get(0))).await
    }

    async fn is_subscribed(&self, session: &str) -> Result<bool, Error> {
        let session = session.to_owned();
        self.readers.ask(move |db| db.exists(IS_SUBSCRIBED, [session])).await
    }

    async fn recipients(&self, room: &str, named: &[UserId], everybody: bool) -> Result<Vec<Recipient>, Error> {
        let (room, named) = (room.to_owned(), named.to_vec());
        self.readers
            .ask(move |db| {
                if everybody {
                    return db.all(EVERYBODY, [&room], recipient);
                }
                let mut found = db.all(LOUD, [&room], recipient)?;
                for user in &named {
                    found.extend(db.all(NAMED, (&room, user), recipient)?);
                }
                found.sort_by(|one, other| one.subscription.session.cmp(&other.subscription.session));
                found.dedup_by(|one, other| one.subscription.session == other.subscription.session);
                Ok(found)
            })
            .await
    }

    async fn pushed(&self, reads: Vec<ReadTo>) -> Result<Vec<Pushed>, Error> {
        self.readers
            .ask(move |db| {
                let mut found = Vec::new();
                for ReadTo { user, room, seq } in &reads {
                    let to = db.all(PUSHED, (user, room, seq), subscription)?;
                    found.extend(to.into_iter().map(|to| Pushed { subscription: to, room: room.clone(), seq: *seq }));
                }
                Ok(found)
            })
            .await
    }

    async fn pushed_of(&self, room: &str, seq: Seq) -> Result<Vec<Pushed>, Error> {
        let room = room.to_owned();
        self.readers
            .ask(move |db| {
                let to = db.all(PUSHED_OF, (&room, seq), subscription)?;
                Ok(to.into_iter().map(|to| Pushed { subscription: to, room: room.clone(), seq }).collect())
            })
            .await
    }

    async fn is_pushed(&self, session: &str, room: &str, seq: Seq) -> Result<bool, Error> {
        let key = (session.to_owned(), room.to_owned(), seq);
        self.readers.ask(move |db| db.exists(IS_PUSHED, key)).await
    }
}
