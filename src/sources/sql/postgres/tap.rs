//! Rows that are taken off a connection before the client library looks at them.
//!
//! The library makes a list of the values of each row, and looks at each text as it is taken out, which takes longer than all else
//! that becomes of a row on the way to its columns. Where somebody wants all rows of a statement as they are, messages with rows
//! are left out of what the library reads, and go to them in runs; all other messages the library gets as ever. The messages of a
//! server are a byte that says of what kind they are, their length, and what they say; those with a row are of the kind `D`.

use crate::model::RowBatch;
use bytes::Buf;
use futures::channel::mpsc::{self, Receiver, Sender};
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

const ROW: u8 = b'D';
/// What rows follow.
const DESCRIPTION: u8 = b'T';
/// The ends of a statement, well or not, and of all of a message.
const ENDS: [u8; 3] = [b'C', b'E', b'Z'];
/// Bytes of the kind and the length of a message, and of the length alone, which counts itself.
const HEAD_BYTES: usize = 5;
const LENGTH_BYTES: usize = 4;
/// Bytes that are read at once, at most: more than a record of TLS has.
const READ_BYTES: usize = 64 << 10;

/// Rows one behind the other, each as its message says them: how many values, and of each its length and its bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TakenRows {
    pub(super) rows: u32,
    pub(super) bytes: Vec<u8>,
}

/// Where rows are taken off a connection.
#[derive(Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Option<Sender<TakenRows>>>>);

impl Tap {
    /// The rows of the statements that follow, for as long as somebody wants them.
    pub(super) fn open(&self) -> Receiver<TakenRows> {
        // Who reads has one, and the connection has one.
        let (sender, receiver) = mpsc::channel(0);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        receiver
    }

    fn sender(&self) -> Option<Sender<TakenRows>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|sender| !sender.is_closed())
    }
}

/// Makes connections that have a tap.
#[derive(Clone)]
pub(super) struct Tapped<T> {
    pub(super) tls: T,
    pub(super) tap: Tap,
}

impl<S, T: MakeTlsConnect<S>> MakeTlsConnect<S> for Tapped<T>
where
    <T::TlsConnect as TlsConnect<S>>::Future: Send + 'static,
    T::Stream: 'static,
{
    type Stream = TappedStream<T::Stream>;
    type TlsConnect = Tapped<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, Self::Error> {
        Ok(Tapped { tls: self.tls.make_tls_connect(domain)?, tap: self.tap.clone() })
    }
}

impl<S, T: TlsConnect<S>> TlsConnect<S> for Tapped<T>
where
    T::Future: Send + 'static,
    T::Stream: 'static,
{
    type Stream = TappedStream<T::Stream>;
    type Error = T::Error;
    type Future = BoxFuture<'static, Result<Self::Stream, Self::Error>>;

    fn connect(self, stream: S) -> Self::Future {
        let tap = self.tap;
        self.tls.connect(stream).map_ok(|stream| TappedStream::new(stream, tap)).boxed()
    }
}

/// What of the message in the middle of which a stream is has been read.
enum Message {
    /// So many bytes of its head.
    Head(usize),
    /// A row that is taken, but for so many bytes.
    Taken(usize),
    /// A message that is passed on, but for so many bytes of its head and so many others.
    Passed(usize, usize),
}

/// A stream from which rows can be taken.
pub(super) struct TappedStream<S> {
    stream: S,
    tap: Tap,
    /// Bytes that came, from the first one that was not looked at to the last.
    came: Vec<u8>,
    next: usize,
    end: usize,
    message: Message,
    head: [u8; HEAD_BYTES],
    taken: TakenRows,
    /// Bytes of those that came to their end.
    whole: usize,
    /// Where the rows go.
    sender: Option<Sender<TakenRows>>,
    /// How the stream ended.
    ended: Option<io::Result<()>>,
}

impl<S> TappedStream<S> {
    fn new(stream: S, tap: Tap) -> Self {
        let (came, head, taken) = (vec![0; READ_BYTES], [0; HEAD_BYTES], TakenRows::default());
        Self {
            stream,
            tap,
            came,
            next: 0,
            end: 0,
            message: Message::Head(0),
            head,
            taken,
            whole: 0,
            sender: None,
            ended: None,
        }
    }

    /// Hands the rows over that were taken.
    fn poll_hand_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.taken.rows > 0
            && let Some(sender) = &mut self.sender
        {
            // An error says that nobody wants them.
            if ready!(sender.poll_ready(context)).is_ok() {
                self.taken.bytes.truncate(self.whole);
                let length = self.taken.bytes.len().min(RowBatch::TARGET_BYTES);
                let next = TakenRows { rows: 0, bytes: Vec::with_capacity(length + length / 8) };
                let _ = sender.start_send(std::mem::replace(&mut self.taken, next));
            }
        }
        (self.taken.rows, self.whole) = (0, 0);
        self.taken.bytes.clear();
        Poll::Ready(())
    }

    /// Begins with the message whose head is known.
    fn poll_begin(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Message>> {
        let kind = self.head[0];
        if ENDS.contains(&kind) || self.taken.bytes.len() >= RowBatch::TARGET_BYTES {
            ready!(self.poll_hand_over(context));
        }
        if kind == DESCRIPTION {
            self.sender = self.tap.sender();
        }
        let length = (&self.head[1..]).get_u32() as usize;
        let length = length.checked_sub(LENGTH_BYTES).ok_or(io::ErrorKind::InvalidData)?;
        let is_taken = kind == ROW && self.sender.is_some();
        Poll::Ready(Ok(if is_taken { Message::Taken(length) } else { Message::Passed(HEAD_BYTES, length) }))
    }

    /// Looks at the bytes that came, up to the last one, or as long as there is room for what is passed on.
    fn poll_look(&mut self, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let came = &self.came[self.next..self.end];
            match self.message {
                Message::Head(HEAD_BYTES) => self.message = ready!(self.poll_begin(context))?,
                Message::Head(known) => {
                    let more = came.len().min(HEAD_BYTES - known);
                    if more == 0 {
                        return Poll::Ready(Ok(()));
                    }
                    self.head[known..known + more].copy_from_slice(&came[..more]);
                    self.next += more;
                    self.message = Message::Head(known + more);
                }
                Message::Taken(left) => {
                    let more = came.len().min(left);
                    self.taken.bytes.extend_from_slice(&came[..more]);
                    self.next += more;
                    self.message = Message::Taken(left - more);
                    if more == left {
                        self.taken.rows += 1;
                        self.whole = self.taken.bytes.len();
                        self.message = Message::Head(0);
                    } else if more == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                Message::Passed(0, 0) => self.message = Message::Head(0),
                Message::Passed(of_head, of_body) => {
                    let head = of_head.min(out.remaining());
                    out.put_slice(&self.head[HEAD_BYTES - of_head..][..head]);
                    let body = of_body.min(out.remaining()).min(came.len());
                    out.put_slice(&came[..body]);
                    self.next += body;
                    self.message = Message::Passed(of_head - head, of_body - body);
                    if head + body == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TappedStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        loop {
            let looked = this.poll_look(context, out)?;
            if out.filled().len() > before || out.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            ready!(looked);
            if let Some(ended) = this.ended.take() {
                // What was taken is not lost with the connection.
                if this.poll_hand_over(context).is_pending() {
                    this.ended = Some(ended);
                    return Poll::Pending;
                }
                return Poll::Ready(ended);
            }
            let mut came = ReadBuf::new(&mut this.came);
            let outcome = ready!(Pin::new(&mut this.stream).poll_read(context, &mut came));
            (this.next, this.end) = (0, came.filled().len());
            if this.end == 0 || outcome.is_err() {
                this.ended = Some(outcome);
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TappedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: TlsStream + Unpin> TlsStream for TappedStream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream.channel_binding()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use tokio::io::AsyncReadExt;

    fn message(kind: u8, says: &[u8]) -> Vec<u8> {
        [&[kind][..], &(says.len() as u32 + 4).to_be_bytes(), says].concat()
    }

    /// What comes in pieces of that size: the bytes that were passed on, and the runs of rows that were taken.
    async fn read(sent: Vec<u8>, piece: usize, is_open: bool) -> (Vec<u8>, Vec<TakenRows>) {
        let (mut server, client) = tokio::io::duplex(piece);
        let tap = Tap::default();
        let taken = is_open.then(|| tap.open());
        let mut stream = TappedStream::new(client, tap.clone());
        let send = tokio::spawn(async move { tokio::io::AsyncWriteExt::write_all(&mut server, &sent).await.unwrap() });
        let take = tokio::spawn(async move {
            match taken {
                Some(taken) => taken.collect().await,
                None => Vec::new(),
            }
        });
        let mut passed = Vec::new();
        stream.read_to_end(&mut passed).await.unwrap();
        send.await.unwrap();
        drop((stream, tap));
        (passed, take.await.unwrap())
    }

    #[tokio::test]
    async fn rows_are_taken_and_all_else_is_passed_on() {
        let row = |text: &str| [&[0, 1, 0, 0, 0, text.len() as u8][..], text.as_bytes()].concat();
        let rows = [row("one"), row(""), row("three")];
        let sent = |with_rows: bool| {
            let rows = rows.iter().filter(|_| with_rows).flat_map(|row| message(b'D', row));
            let begin = [message(b'C', b"BEGIN"), message(b'T', b"columns"), message(b'n', b"")].concat();
            begin.into_iter().chain(rows).chain(message(b'C', b"SELECT 3")).chain(message(b'Z', b"T")).collect()
        };
        for piece in [1, 2, 3, 7, 100, 1 << 20] {
            let (passed, taken) = read(sent(true), piece, true).await;
            assert_eq!(passed, sent(false), "{piece}");
            assert_eq!(taken, [TakenRows { rows: 3, bytes: rows.concat() }], "{piece}");
            assert_eq!(read(sent(true), piece, false).await, (sent(true), Vec::new()), "nobody wants them");
        }
    }

    /// Where runs end depends on the rows alone; and what came before an end that was none is not lost.
    #[tokio::test]
    async fn rows_come_in_runs_whatever_the_pieces() {
        let row = [&[0, 1, 0, 1, 0, 0][..], &[b'x'; 65_536]].concat();
        let mut sent = message(b'T', b"columns");
        (0..40).for_each(|_| sent.extend(message(b'D', &row)));
        sent.extend(&message(b'D', &row)[..100]);
        for piece in [1_000, 1 << 20] {
            let (passed, taken) = read(sent.clone(), piece, true).await;
            assert_eq!(passed, message(b'T', b"columns"));
            let rows: Vec<u32> = taken.iter().map(|run| run.rows).collect();
            assert_eq!(rows, [16, 16, 8]);
            let bytes: usize = taken.iter().map(|run| run.bytes.len()).sum();
            assert_eq!(bytes, 40 * row.len());
        }
    }
}
