//! Several outputs of one scan, written by a thread of their own: all get the same events in the same order.
//!
//! The queue is bounded: an output that is slower than the scan holds the scan up, and memory does not grow.

use super::{Output, ScanHeader, Summary};
use crate::model::ObjectResult;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Results that may wait to be written.
const QUEUE: usize = 256;
/// Rest after all that waited is written, so that many small objects cost one wake-up and not one each.
const NAP: Duration = Duration::from_millis(1);

/// Outputs that are written in the background.
pub struct Background {
    outputs: Vec<Box<dyn Output>>,
    writer: Option<Writer>,
}

struct Writer {
    events: Sender<Event>,
    thread: JoinHandle<io::Result<()>>,
}

enum Event {
    Object(Arc<ObjectResult>),
    End(Box<Summary>),
}

impl Background {
    /// Outputs that all get everything.
    pub fn new(outputs: Vec<Box<dyn Output>>) -> Self {
        Self { outputs, writer: None }
    }

    fn send(&mut self, event: Event) -> io::Result<()> {
        match &self.writer {
            Some(writer) if writer.events.send(event).is_ok() => Ok(()),
            // The thread is gone, so it has a reason.
            _ => Err(self.finish().err().unwrap_or_else(|| io::Error::other("the outputs are closed already"))),
        }
    }

    /// Waits until everything is written.
    fn finish(&mut self) -> io::Result<()> {
        let Some(Writer { events, thread }) = self.writer.take() else { return Ok(()) };
        drop(events);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread that writes the outputs ended early")))
    }
}

impl Output for Background {
    /// Each output begins before this returns, so that what cannot be written is told before anything is read.
    fn begin(&mut self, header: &ScanHeader) -> io::Result<()> {
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in &mut outputs {
            output.begin(header)?;
        }
        let (events, received) = bounded(QUEUE);
        let thread =
            std::thread::Builder::new().name("phinder-outputs".to_owned()).spawn(move || write(outputs, &received))?;
        self.writer = Some(Writer { events, thread });
        Ok(())
    }

    fn object(&mut self, result: &ObjectResult) -> io::Result<()> {
        self.take_object(Arc::new(result.clone()))
    }

    fn take_object(&mut self, result: Arc<ObjectResult>) -> io::Result<()> {
        self.send(Event::Object(result))
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.send(Event::End(Box::new(summary.clone())))?;
        self.finish()
    }
}

fn write(mut outputs: Vec<Box<dyn Output>>, events: &Receiver<Event>) -> io::Result<()> {
    for event in events {
        for output in &mut outputs {
            match &event {
                Event::Object(result) => output.object(result)?,
                Event::End(summary) => output.end(summary)?,
            }
        }
        if events.is_empty() {
            std::thread::sleep(NAP);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails at its n-th object.
    struct Failing(u32);

    impl Output for Failing {
        fn begin(&mut self, _: &ScanHeader) -> io::Result<()> {
            Ok(())
        }

        fn object(&mut self, _: &ObjectResult) -> io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
            Ok(())
        }

        fn end(&mut self, _: &Summary) -> io::Result<()> {
            Ok(())
        }
    }

    fn result() -> ObjectResult {
        ObjectResult {
            location: crate::model::Location::s3("b", "k"),
            version: None,
            format: None,
            coverage: crate::model::Coverage::Complete,
            bytes: 0,
            records: 0,
            classes: [0; 3],
            individuals: None,
            remarks: crate::model::Remarks::default(),
            verdict: None,
            severity: crate::model::Severity::None,
            findings: Vec::new(),
        }
    }

    fn header() -> ScanHeader {
        ScanHeader {
            scan_id: "1".to_owned(),
            started_at: time::OffsetDateTime::UNIX_EPOCH,
            scope: Vec::new(),
            seed: None,
            phinder: "0",
            detectors_version: "1".to_owned(),
        }
    }

    #[test]
    fn what_cannot_be_written_ends_the_scan_with_its_reason() {
        let mut outputs = Background::new(vec![Box::new(Failing(9)), Box::new(Failing(3))]);
        outputs.begin(&header()).unwrap();
        // Sooner or later: as many as the queue holds may be taken before the failure is seen.
        let failed = (0..10 * QUEUE).find_map(|_| outputs.object(&result()).err());
        assert_eq!(failed.unwrap().kind(), io::ErrorKind::StorageFull);

        let mut outputs = Background::new(vec![Box::new(Failing(0))]);
        outputs.begin(&header()).unwrap();
        let first = outputs.object(&result());
        let last = outputs.end(&Summary::default());
        assert_eq!(first.and(last).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
