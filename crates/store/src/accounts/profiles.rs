//! Profiles: what a user says of themselves, and statuses that end.

use super::AccountWrite;
use super::sql::{find, tell};
use crate::engine::Group;
use crate::sql::Failure;
use crate::sql::statements::statements;
use crate::{Millis, UserId};

statements! {
    PROFILE = "UPDATE users SET display_name = ?2, name_fold = ?3, status = ?4, status_until = ?5, time_zone = ?6, gv = ?7,
        do_not_disturb = ?8 WHERE id = ?1";
    OVER = "SELECT id FROM users WHERE status_until <= ?1 ORDER BY status_until LIMIT ?2";
    END_STATUS = "UPDATE users SET status = '', status_until = NULL, do_not_disturb = 0, gv = ?2 WHERE id = ?1";
}

/// Changes what was said of somebody by themselves.
pub(super) fn change(group: &mut Group<'_, '_>, at: Millis, write: &AccountWrite) -> Result<(), Failure> {
    let AccountWrite::Profile { user, display_name, status, status_until, do_not_disturb, time_zone } = write else {
        return Err(Failure::Broken("not a change of a profile".into()));
    };
    let old = find(group, user)?;
    let mut new = old.clone();
    new.display_name = display_name.clone().unwrap_or(new.display_name);
    new.time_zone = time_zone.clone().unwrap_or(new.time_zone);
    if status.is_some() || status_until.is_some() {
        new.status = status.clone().unwrap_or(new.status);
        new.status_until = *status_until;
    }
    new.do_not_disturb = do_not_disturb.unwrap_or(new.do_not_disturb);
    if new.status_until.is_some_and(|until| until <= at) {
        new.status.clear();
        new.do_not_disturb = false;
    }
    new.status_until = new.status_until.filter(|_| !new.status.is_empty() || new.do_not_disturb);
    if new == old {
        return Ok(());
    }
    let step = group.step_everybody();
    let fold = new.display_name.to_lowercase();
    let (status, until, quiet) = (new.status, new.status_until, new.do_not_disturb);
    group.run(PROFILE, (user, new.display_name, fold, status, until, new.time_zone, step.0, quiet))?;
    tell(group, step, user)
}

/// So many statuses end in one write; there is another for the others.
const AT_ONCE: usize = 200;

/// Takes away statuses that are over.
pub(super) fn end_statuses(group: &mut Group<'_, '_>, at: Millis) -> Result<(), Failure> {
    let over: Vec<UserId> = group.all(OVER, (at, AT_ONCE), |row| row.get(0))?;
    for user in over {
        let step = group.step_everybody();
        group.run(END_STATUS, (&user, step.0))?;
        tell(group, step, &user)?;
    }
    Ok(())
}
