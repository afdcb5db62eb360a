//! How a socket ends when its session does: after the answer to the command that is at work, so that whoever signs
//! out hears that it worked.

use socketio::Socket;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a command at work may hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the last words may take to leave.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a socket is doing. A command that begins after the session's end is not carried out.
#[derive(Default)]
pub(super) struct Turn(Mutex<Doing>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Nothing,
    Command,
    /// A command, the last one.
    LastCommand,
    Ended,
}

impl Turn {
    /// A command begins; false if the session has ended.
    pub(super) fn begin(&self) -> bool {
        let mut doing = self.doing();
        let may = *doing == Doing::Nothing;
        if may {
            *doing = Doing::Command;
        }
        may
    }

    /// The command that began is answered.
    pub(super) fn answered(&self, socket: &Socket) {
        let was = {
            let mut doing = self.doing();
            let next = if *doing == Doing::Command { Doing::Nothing } else { Doing::Ended };
            std::mem::replace(&mut *doing, next)
        };
        if was == Doing::LastCommand {
            hang_up(socket.clone(), Duration::ZERO);
        }
    }

    /// The session has ended.
    pub(super) fn end(&self, socket: &Socket) {
        let was = {
            let mut doing = self.doing();
            let busy = matches!(*doing, Doing::Command | Doing::LastCommand);
            let next = if busy { Doing::LastCommand } else { Doing::Ended };
            std::mem::replace(&mut *doing, next)
        };
        match was {
            Doing::Nothing => hang_up(socket.clone(), Duration::ZERO),
            Doing::Command => hang_up(socket.clone(), PATIENCE),
            Doing::LastCommand | Doing::Ended => {}
        }
    }

    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says goodbye after `patience`, and closes once that is sent. Doing it twice does nothing more.
fn hang_up(socket: Socket, patience: Duration) {
    tokio::spawn(async move {
        if !patience.is_zero() {
            tokio::time::sleep(patience).await;
        }
        socket.disconnect();
        // A client that does not listen any more is closed without having heard.
        let _ = tokio::time::timeout(LAST_WORDS, socket.flushed()).await;
        socket.close();
    });
}
