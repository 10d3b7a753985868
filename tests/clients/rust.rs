// tests/clients/rust.rs - an echo client in Rust, with its standard library only.
// Build: rustc -o rust rust.rs        Run: ./rust PATH echo|half-close|many
// Pitfalls: connect() has no timeout; it blocks while the backlog is full. A read that times out
// returns an error of kind WouldBlock ("Resource temporarily unavailable"), not TimedOut.
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::{env, thread, time::Duration};

fn connect(path: &str) -> io::Result<UnixStream> {
    let client = UnixStream::connect(path)?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    client.set_write_timeout(Some(Duration::from_secs(10)))?;
    Ok(client)
}

fn talk(mut client: &UnixStream, data: &[u8], half_close: bool) -> io::Result<()> {
    let size = if half_close { u64::MAX } else { data.len() as u64 };
    let mut reply = Vec::new();
    thread::scope(|scope| {
        let sender = scope.spawn(move || {
            client.write_all(data)?;
            if half_close { client.shutdown(Shutdown::Write) } else { Ok(()) }
        });
        client.take(size).read_to_end(&mut reply)?;
        sender.join().unwrap()
    })?;
    io::stdout().write_all(&reply)
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().collect();
    let (path, how) = (&arguments[1], &arguments[2]);
    let mut data = Vec::new();
    io::stdin().read_to_end(&mut data)?;
    if how != "many" {
        return talk(&connect(path)?, &data, how == "half-close");
    }
    let lines: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
    let clients: io::Result<Vec<UnixStream>> = lines.iter().map(|_| connect(path)).collect();
    clients?.iter().zip(lines).try_for_each(|(client, line)| talk(client, line, false))
}
