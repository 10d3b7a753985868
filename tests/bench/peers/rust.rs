// tests/bench/peers/rust.rs - an echo server in Rust, with its standard library
// alone: a thread for each client. For `make bench`.
//
// Build: rustc -O -o rust rust.rs        Run: ./rust PATH
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};

fn serve(mut client: UnixStream) {
    let mut buffer = vec![0; 65536];
    while let Ok(size) = client.read(&mut buffer) {
        if size == 0 || client.write_all(&buffer[..size]).is_err() {
            return;
        }
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("usage: rust PATH");
    for client in UnixListener::bind(path).expect("bind").incoming() {
        let client = client.expect("accept");
        std::thread::spawn(move || serve(client));
    }
}
