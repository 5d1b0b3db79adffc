//! Whose turn it is to write to a part. A phone that lost its line comes back while the server still waits for the old
//! connection: whoever comes last goes on, and the one before is told to stop.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use skillsyms_core::EvidenceId;
use tokio::sync::{Mutex as Waiting, OwnedMutexGuard, watch};

/// The parts that are written to now. In memory: a process has its folder of data alone.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<EvidenceId, Weak<Gate>>>);

#[derive(Debug)]
struct Gate {
    lock: Arc<Waiting<()>>,
    /// The number of whoever came last.
    last: watch::Sender<u64>,
}

/// The turn at one part. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _held: OwnedMutexGuard<()>,
    gate: Arc<Gate>,
    mine: u64,
}

/// Tells when somebody else wants the turn.
#[derive(Debug)]
pub struct Called {
    seen: watch::Receiver<u64>,
    mine: u64,
}

impl Turns {
    /// Tells whoever writes to this part to stop, and waits for them.
    pub(super) async fn take(&self, id: EvidenceId) -> Turn {
        let gate = self.gate(id);
        let mut mine = 0;
        gate.last.send_modify(|last| {
            *last = last.wrapping_add(1);
            mine = *last;
        });
        let held = Arc::clone(&gate.lock).lock_owned().await;
        Turn {
            _held: held,
            gate,
            mine,
        }
    }

    fn gate(&self, id: EvidenceId) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(&id).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::new(Gate {
            lock: Arc::default(),
            last: watch::Sender::new(0),
        });
        gates.insert(id, Arc::downgrade(&gate));
        gate
    }
}

impl Turn {
    pub(super) fn called(&self) -> Called {
        Called {
            seen: self.gate.last.subscribe(),
            mine: self.mine,
        }
    }
}

impl Called {
    /// Waits until somebody else wants the turn.
    pub async fn wait(&mut self) {
        let mine = self.mine;
        // The sender lives as long as the turn: there is no error to hear of.
        let _ = self.seen.wait_for(|last| *last != mine).await;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn who_comes_last_goes_on_and_the_one_before_is_told() {
        let turns = Arc::new(Turns::default());
        let id = EvidenceId::new(Uuid::from_u128(1));
        let first = turns.take(id).await;
        let mut called = first.called();
        let next = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.take(id).await }
        });
        called.wait().await;
        drop(first);
        let second = next.await.unwrap();
        drop(second);
        drop(turns.take(EvidenceId::new(Uuid::from_u128(2))).await);
        assert!(turns.0.lock().unwrap().len() <= 1, "turns that ended are forgotten");
    }

    #[tokio::test]
    async fn of_two_that_wait_the_first_is_told_at_once() {
        let turns = Arc::new(Turns::default());
        let id = EvidenceId::new(Uuid::from_u128(1));
        let first = turns.take(id).await;
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move { turns.take(id).await.called().wait().await })
            })
            .collect();
        tokio::task::yield_now().await;
        drop(first);
        // One of the two is told of the other; the last waits for somebody who never comes.
        let (done, _, rest) = futures_of(waiting).await;
        assert!(done);
        rest.into_iter().for_each(|task| task.abort());
    }

    type Tasks = Vec<tokio::task::JoinHandle<()>>;

    async fn futures_of(mut tasks: Tasks) -> (bool, usize, Tasks) {
        let (mut one, mut two) = (tasks.remove(0), tasks.remove(0));
        tokio::select! {
            done = &mut one => (done.is_ok(), 0, vec![two]),
            done = &mut two => (done.is_ok(), 1, vec![one]),
        }
    }
}
