//! Invitations: what is stored of them, and their rules.

use super::{InvitationRow, InvitationWrite, Invitations};
use crate::accounts::Standing;
use crate::engine::{Engine, Group};
use crate::sql::Failure;
use crate::sql::statements::statements;
use crate::{Ack, Error, Millis, Refused};
use async_trait::async_trait;

statements! {
    INSERT = "INSERT INTO invitations (id, code_hash, standing, uses, expires, created, setup, gv)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    DELETE = "DELETE FROM invitations WHERE id = ?1";
    DELETE_SETUP = "DELETE FROM invitations WHERE setup = 1";
    DELETE_OLD_SETUP = "DELETE FROM invitations WHERE setup = 1 AND id NOT IN
        (SELECT id FROM invitations WHERE setup = 1 ORDER BY gv DESC LIMIT 16)";
    USABLE = "SELECT id, standing, uses, expires, created FROM invitations WHERE uses > 0 AND expires > ?1
        ORDER BY created DESC, id DESC LIMIT 1000";
    HOLDS = "SELECT 1 FROM invitations WHERE code_hash = ?1 AND uses > 0 AND expires > ?2";
}

pub(crate) fn apply(group: &mut Group<'_, '_>, at: Millis, write: &InvitationWrite) -> Result<Ack, Failure> {
    match write {
        InvitationWrite::Create { id, code_hash, standing, uses, expires } => {
            let gv = group.next_g();
            group.run(INSERT, (id, code_hash, standing, uses, expires, at, false, gv))?;
        }
        InvitationWrite::Revoke { id } => {
            if group.execute(DELETE, [id])? == 0 {
                return Err(Refused::NoSuchInvitation.into());
            }
            group.next_g();
        }
        InvitationWrite::EndSetup => {
            if end_setup(group)? {
                group.next_g();
            }
        }
        InvitationWrite::Setup { id, code_hash, expires } => {
            let gv = group.next_g();
            group.run(INSERT, (id, code_hash, Standing::Admin, 1_i64, expires, at, true, gv))?;
            group.run(DELETE_OLD_SETUP, ())?;
        }
    }
    Ok(Ack::default())
}

/// Ends the invitations for the first administrator; answers whether there were any.
pub(crate) fn end_setup(group: &mut Group<'_, '_>) -> Result<bool, Failure> {
    Ok(group.execute(DELETE_SETUP, ())? > 0)
}

#[async_trait]
impl Invitations for Engine {
    async fn invitations(&self, now: Millis) -> Result<Vec<InvitationRow>, Error> {
        self.readers
            .ask(move |db| {
                db.all(USABLE, [now], |row| {
                    Ok(InvitationRow {
                        id: row.get(0)?,
                        standing: row.get(1)?,
                        uses: row.get(2)?,
                        expires: row.get(3)?,
                        created: row.get(4)?,
                    })
                })
            })
            .await
    }

    async fn invitation_holds(&self, code_hash: &[u8], now: Millis) -> Result<bool, Error> {
        let code_hash = code_hash.to_vec();
        self.readers.ask(move |db| db.exists(HOLDS, (code_hash, now))).await
    }
}
