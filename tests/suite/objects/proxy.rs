//! What stands between the program and a store: it counts answers, stops at one, or breaks what goes through it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What it does with connections.
#[derive(Clone, Copy)]
pub enum Way {
    /// It lets through so many answers, and then nothing any more.
    Until(usize),
    /// It answers 503 itself, breaks connections in the middle of what goes either way, or is slow: at random, by a seed.
    Faulty(u64),
}

/// One of a test; its threads end with the test's process.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    answers: Arc<AtomicUsize>,
    faults: Arc<AtomicUsize>,
}

impl Proxy {
    /// Starts it before a server.
    pub fn start(server: u16, way: Way) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (answers, faults) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let proxy = Self { port, answers: Arc::clone(&answers), faults: Arc::clone(&faults) };
        thread::spawn(move || {
            for (number, client) in (0_u64..).zip(listener.incoming()) {
                let Ok(client) = client else { continue };
                let (answers, faults) = (Arc::clone(&answers), Arc::clone(&faults));
                thread::spawn(move || {
                    let fault = match way {
                        Way::Until(_) => Fault { refuses: false, slow: Duration::ZERO, to: u64::MAX, from: u64::MAX },
                        Way::Faulty(seed) => Fault::at_random(seed ^ number),
                    };
                    let until = if let Way::Until(answers) = way { answers } else { usize::MAX };
                    if fault.pass(client, server, &answers, until).is_err() {
                        faults.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        proxy
    }

    /// How many answers have gone through it.
    pub fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    /// How many connections it has broken.
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }
}

/// What happens to a connection.
struct Fault {
    /// The first request is answered with 503.
    refuses: bool,
    /// Before anything goes on.
    slow: Duration,
    /// After so many bytes to or from the server it breaks.
    to: u64,
    from: u64,
}

/// A connection was broken on purpose.
struct Broken;

impl Fault {
    fn at_random(seed: u64) -> Self {
        // SplitMix64: good enough to spread neighbouring numbers.
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = |of: u64| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % of
        };
        let kind = next(4);
        // None lives for long, or all would go through one that is well.
        let (to, from) = (next(200_000), next(200_000));
        Self {
            refuses: kind == 0,
            slow: Duration::from_millis(if kind == 1 { 1 + next(30) } else { 0 }),
            to: if kind == 2 { to / 20 } else { to },
            from: if kind == 3 { from / 20 } else { from },
        }
    }

    fn pass(self, client: TcpStream, server: u16, answers: &AtomicUsize, until: usize) -> Result<(), Broken> {
        let mut from_client = client.try_clone().map_err(|_| Broken)?;
        if self.refuses {
            let mut request = [0; 1 << 12];
            let _ = from_client.read(&mut request);
            let _ = (&client).write_all(b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = client.shutdown(Shutdown::Both);
            return Err(Broken);
        }
        let server = TcpStream::connect(("127.0.0.1", server)).map_err(|_| Broken)?;
        let (from_server, to_server) =
            (server.try_clone().map_err(|_| Broken)?, server.try_clone().map_err(|_| Broken)?);
        let to_client = client.try_clone().map_err(|_| Broken)?;
        let slow = self.slow;
        let there = thread::spawn(move || copy(from_client, to_server, self.to, slow, |_| true));
        let back = copy(from_server, to_client, self.from, slow, |bytes| {
            if !bytes.starts_with(b"HTTP/1.1 ") {
                return true;
            }
            answers.fetch_add(1, Ordering::Relaxed) < until
        });
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
        let there = there.join().map_err(|_| Broken)?;
        if back && there { Ok(()) } else { Err(Broken) }
    }
}

/// Copies so many bytes at most, as long as they may go on; whether it ended by itself.
fn copy(mut from: TcpStream, mut to: TcpStream, most: u64, slow: Duration, may_go_on: impl Fn(&[u8]) -> bool) -> bool {
    let (mut buffer, mut left) = ([0; 1 << 14], most);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) | Err(_) => {
                let _ = to.shutdown(Shutdown::Write);
                return true;
            }
            Ok(read) => read,
        };
        thread::sleep(slow);
        let length = usize::try_from(left).map_or(read, |left| left.min(read));
        let goes_on = may_go_on(&buffer[..read]) && to.write_all(&buffer[..length]).is_ok();
        left -= length as u64;
        if !goes_on || left == 0 {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return false;
        }
    }
}
