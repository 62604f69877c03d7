//! Memory that open row groups take together, whoever decodes them: a row group has its bytes, its dictionaries and a batch in
//! memory, and as many are open as there are workers.

use std::sync::{Condvar, Mutex, PoisonError};

/// MiB of all row groups that are open. A larger one is opened alone.
const TOTAL_MIB: usize = 160;

/// What is taken.
static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// Memory of one row group, until it is dropped.
#[derive(Debug)]
pub struct Room {
    mib: usize,
}

impl Room {
    /// Waits until there is room for so many bytes. Nobody waits who holds some already, so somebody always goes on.
    pub fn take(bytes: u64) -> Self {
        let mib = usize::try_from(bytes.div_ceil(1 << 20)).unwrap_or(TOTAL_MIB).clamp(1, TOTAL_MIB);
        let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = FREED.wait_while(taken, |taken| *taken + mib > TOTAL_MIB);
        *waited.unwrap_or_else(PoisonError::into_inner) += mib;
        Self { mib }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.mib;
        FREED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_waits_until_there_is() {
        let first = Room::take(u64::MAX);
        let (sender, receiver) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || {
            let room = Room::take(3 << 20);
            sender.send(()).unwrap();
            room.mib
        });
        assert!(receiver.recv_timeout(std::time::Duration::from_millis(50)).is_err(), "it waits");
        drop(first);
        receiver.recv().unwrap();
        assert_eq!(second.join().unwrap(), 3);
    }
}
