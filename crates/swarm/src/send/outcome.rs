//! What came of a run, and whether it was whole: every acknowledged message there once, for everybody and in the history.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use super::tally::{Key, Tally};
use super::{Board, Options, PAGE, take};
use crate::Failure;
use crate::rest::{Account, Rest};
use crate::spread::Spread;

/// The figures of one run.
pub(crate) struct Outcome {
    options: Options,
    tally: Tally,
    until_acknowledged: Spread,
    until_seen: Spread,
    until_seen_late: Spread,
    /// Acknowledged, and not seen by a client that should have.
    unseen: u64,
    /// Acknowledged, and not in the history.
    missing: u64,
    /// In the history more than once, by the command that made it.
    repeated: u64,
    /// What the server used while it was measured.
    pub(super) cpu: Option<Duration>,
    /// What the processes beside it used meanwhile.
    pub(super) beside: Option<Duration>,
    /// What it used while everybody was idle, where that was measured.
    pub(super) idle: Option<Duration>,
    /// What a connection made it hold, in KiB.
    pub(super) each: Option<f64>,
    /// What it held at the end and at most, in KiB.
    pub(super) memory: Option<(u64, u64)>,
}

impl Outcome {
    pub(super) fn new(options: Options, tally: Tally, board: &Board) -> Self {
        let unseen = tally.unseen();
        Self {
            options,
            tally,
            until_acknowledged: take(&board.until_acknowledged),
            until_seen: take(&board.until_seen),
            until_seen_late: take(&board.until_seen_late),
            unseen,
            missing: 0,
            repeated: 0,
            cpu: None,
            beside: None,
            idle: None,
            each: None,
            memory: None,
        }
    }

    /// Reads a room's whole history and compares it with what was acknowledged.
    pub(super) async fn compare(
        &mut self,
        rest: &Rest,
        account: &Account,
        number: usize,
        room: &str,
    ) -> Result<(), Failure> {
        let mut stored = BTreeMap::new();
        let mut keys = HashSet::new();
        let mut after = 0;
        loop {
            let path = format!("rooms/{room}/messages?after={after}&limit={PAGE}");
            let page = rest.get(account, &path).await?;
            let messages = page["messages"].as_array().ok_or("a page of history has no messages")?;
            for message in messages {
                after = message["seq"].as_u64().ok_or("a message has no seq")?;
                let Some(key) = message["text"].as_str().and_then(Key::parse) else { continue };
                stored.insert(after, key);
                self.repeated += u64::from(!keys.insert(key));
            }
            if messages.is_empty() || page["more_after"] == false {
                break;
            }
        }
        let acknowledged = self.tally.acknowledged_in(number);
        self.missing += acknowledged.filter(|(seq, key)| stored.get(seq) != Some(key)).count() as u64;
        Ok(())
    }

    /// Nothing was lost and nothing doubled.
    pub(crate) fn is_whole(&self) -> bool {
        self.lost() == 0 && self.doubled() == 0
    }

    fn lost(&self) -> u64 {
        self.unseen + self.missing + self.tally.behind + self.tally.unanswered
    }

    fn doubled(&self) -> u64 {
        self.tally.doubled + self.repeated
    }

    fn a_second(&self, count: u64) -> f64 {
        count as f64 / self.options.seconds as f64
    }

    /// Acknowledged messages a second.
    pub(crate) fn acknowledged_a_second(&self) -> f64 {
        self.a_second(self.tally.acknowledged_within)
    }
}

impl Outcome {
    /// What the server used and held, a line each.
    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { seconds, idle, .. } = self.options;
        if let Some(cpu) = self.cpu {
            let share = 100.0 * cpu.as_secs_f64() / seconds as f64;
            let micros = cpu.as_secs_f64() * 1e6;
            let each = micros / self.tally.seen_within.max(1) as f64;
            let message = micros / self.tally.acknowledged_within.max(1) as f64;
            write!(f, "  server CPU     {share:10.2} % of a processor, {each:.2} µs a delivery")?;
            writeln!(f, ", {message:.0} µs a message")?;
        }
        if let Some(beside) = self.beside {
            let share = 100.0 * beside.as_secs_f64() / seconds as f64;
            let message = beside.as_secs_f64() * 1e6 / self.tally.acknowledged_within.max(1) as f64;
            writeln!(f, "  CPU beside it  {share:10.2} % of a processor, {message:.0} µs a message")?;
        }
        if let Some(cost) = self.idle {
            let minute = cost.as_secs_f64() * 60.0 / idle as f64;
            writeln!(f, "  idle           {minute:10.2} s of a processor a minute, over {idle} s")?;
        }
        if let Some((now, highest)) = self.memory {
            writeln!(f, "  server memory  {:10.1} MiB, at most {:.1}", now as f64 / 1024.0, highest as f64 / 1024.0)?;
        }
        match self.each {
            Some(each) => writeln!(f, "  memory each    {each:10.1} KiB a connection"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { clients, rooms, accounts, bytes, seconds, .. } = self.options;
        let pace = match self.options.rate {
            Some(rate) => format!("{rate} messages a second"),
            None => format!("{} in flight each", self.options.flight),
        };
        let tally = &self.tally;
        let people = match self.options.town {
            Some(_) => "the people of a town".to_owned(),
            None => format!("{accounts} accounts"),
        };
        writeln!(f, "{clients} clients, {rooms} rooms, {people}, {bytes} bytes, {pace}, {seconds} s")?;
        writeln!(f, "  acknowledged   {:10.0} messages/s", self.acknowledged_a_second())?;
        writeln!(f, "  delivered      {:10.0} messages/s", self.a_second(tally.seen_within))?;
        writeln!(f, "  until acknowledged  {}", self.until_acknowledged)?;
        writeln!(f, "  until seen          {}", self.until_seen)?;
        if self.until_seen_late.count() > 0 {
            writeln!(f, "  until seen late     {}", self.until_seen_late)?;
        }
        self.costs(f)?;
        for (error, count) in &tally.errors {
            writeln!(f, "  error          {count:10} × {error}")?;
        }
        writeln!(f, "  chain gaps {}, resyncs {}", tally.chain_gaps, tally.resyncs)?;
        let (lost, doubled) = (self.lost(), self.doubled());
        write!(f, "  lost {lost} (unseen {}, not in the history {}, ", self.unseen, self.missing)?;
        write!(f, "not told {}, unanswered {}), doubled {doubled}", tally.behind, tally.unanswered)
    }
}
