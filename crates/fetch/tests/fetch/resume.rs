//! Resumption of broken downloads.

use std::fs;
use std::path::Path;

use crate::server::{Server, announce, give, give_whole, send};
use crate::setup::{bytes, config, failure, fetch, files, plain};

const SIZE: usize = 10_000;

/// Fetches the file with this partial file on the disk. Returns the number of bytes received and
/// the first byte that each request asked for.
fn with_part(part: &[u8], server: &Server) -> (u64, Vec<Option<usize>>) {
    let dir = tempfile::tempdir().unwrap();
    leave(dir.path(), part);
    let fetched = fetch(&plain(&bytes(SIZE), &[server.url("x")]), dir.path(), &config()).unwrap();
    assert_eq!(files(dir.path()), ["toy/data.bin"]);
    assert_eq!(fs::read(dir.path().join("toy/data.bin")).unwrap(), bytes(SIZE));
    (fetched.downloaded, server.requests().iter().map(|request| request.from).collect())
}

fn leave(dir: &Path, part: &[u8]) {
    fs::create_dir(dir.join("toy")).unwrap();
    fs::write(dir.join("toy/data.bin.part"), part).unwrap();
}

#[test]
fn a_dropped_connection_is_resumed() {
    let server = Server::start(|request, stream| {
        if request.number == 0 {
            announce(stream, SIZE);
            send(stream, &bytes(SIZE)[..4_000]);
        } else {
            give(request, stream, &bytes(SIZE));
        }
    });
    assert_eq!(with_part(&[], &server), (10_000, vec![None, Some(4_000)]));
}

#[test]
fn an_earlier_part_is_resumed() {
    assert_eq!(
        with_part(&bytes(SIZE)[..7_000], &Server::of(bytes(SIZE))),
        (3_000, vec![Some(7_000)])
    );
}

#[test]
fn a_complete_part_needs_no_server() {
    assert_eq!(with_part(&bytes(SIZE), &Server::of(bytes(SIZE))), (0, vec![]));
}

#[test]
fn a_server_without_ranges_starts_over() {
    let server = Server::start(|_, stream| give_whole(stream, &bytes(SIZE)));
    assert_eq!(with_part(&bytes(SIZE)[..7_000], &server), (10_000, vec![Some(7_000)]));
}

#[test]
fn a_damaged_part_is_thrown_away() {
    let mut damaged = bytes(7_000);
    damaged[5] ^= 1;
    assert_eq!(with_part(&damaged, &Server::of(bytes(SIZE))), (13_000, vec![Some(7_000), None]));
}

#[test]
fn a_wrong_part_of_full_or_greater_size_is_thrown_away() {
    assert_eq!(with_part(&vec![1; SIZE], &Server::of(bytes(SIZE))), (10_000, vec![None]));
    assert_eq!(with_part(&vec![1; SIZE + 1], &Server::of(bytes(SIZE))), (10_000, vec![None]));
    assert_eq!(with_part(&vec![1; 3 * SIZE], &Server::of(bytes(SIZE))), (10_000, vec![None]));
}

#[test]
fn another_range_than_the_one_asked_for_is_not_taken() {
    for range in [
        "bytes 0-9999/10000",
        "bytes 7001-9999/10000",
        "bytes 7000-9999/10001",
        "bytes 7000-7999/10000",
        "nonsense",
    ] {
        let server = Server::start(move |request, stream| match request.from {
            Some(from) => {
                send(
                    stream,
                    format!(
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: {range}\r\nContent-Length: \
                         {}\r\n\r\n",
                        SIZE - from
                    ),
                );
                send(stream, &bytes(SIZE)[from..]);
            }
            None => give_whole(stream, &bytes(SIZE)),
        });
        assert_eq!(
            with_part(&bytes(SIZE)[..7_000], &server),
            (10_000, vec![Some(7_000), None]),
            "{range}"
        );
    }
}

#[test]
fn a_server_that_knows_no_such_part_is_asked_for_the_whole() {
    let server = Server::start(|request, stream| match request.from {
        Some(_) => crate::server::status(stream, 416),
        None => give_whole(stream, &bytes(SIZE)),
    });
    assert_eq!(with_part(&bytes(SIZE)[..7_000], &server), (10_000, vec![Some(7_000), None]));
}

#[test]
fn a_part_is_resumed_from_another_url() {
    let dir = tempfile::tempdir().unwrap();
    let cut = Server::start(|request, stream| {
        let from = request.from.unwrap_or(0);
        send(
            stream,
            format!(
                "HTTP/1.1 {}\r\nContent-Range: bytes {from}-9999/10000\r\n\r\n",
                if from > 0 { "206 Part" } else { "200 OK" }
            ),
        );
        send(stream, &bytes(SIZE)[from..(from + 1_000).min(SIZE)]);
    });
    let good = Server::of(bytes(SIZE));
    fetch(&plain(&bytes(SIZE), &[cut.url("x"), good.url("x")]), dir.path(), &config()).unwrap();
    assert_eq!(cut.requests().len(), 3);
    assert_eq!(good.requests()[0].from, Some(3_000));
}

#[test]
fn a_slow_line_that_drops_often_arrives_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let body = bytes(9_000_000);
    let copy = body.clone();
    let server = Server::start(move |request, stream| {
        let end = (request.from.unwrap_or(0) + 1_200_000).min(copy.len());
        let mut whole = copy.clone();
        whole.truncate(end);
        match request.from {
            None => {
                announce(stream, copy.len());
                send(stream, whole);
            }
            Some(from) => {
                send(
                    stream,
                    format!(
                        "HTTP/1.1 206 Part\r\nContent-Range: bytes {from}-{}/{}\r\n\r\n",
                        copy.len() - 1,
                        copy.len()
                    ),
                );
                send(stream, &whole[from..]);
            }
        }
    });
    assert_eq!(
        fetch(&plain(&body, &[server.url("x")]), dir.path(), &config()).unwrap().downloaded,
        9_000_000
    );
    assert_eq!(server.requests().len(), 8);
}

/// A server that ignores ranges and breaks the connection sends the same bytes again and again.
#[test]
fn a_download_that_never_grows_has_an_end() {
    let dir = tempfile::tempdir().unwrap();
    let body = bytes(3_000_000);
    let copy = body.clone();
    let server = Server::start(move |_, stream| {
        announce(stream, copy.len());
        send(stream, &copy[..1_500_000]);
    });
    let message = failure(&plain(&body, &[server.url("x")]), dir.path(), &config());
    assert!(message.contains("the connection ended after 1500000 of 3000000 bytes"), "{message}");
    // The first attempt lengthened the file by more than 1 MiB, the others did not.
    assert_eq!(server.requests().len(), 3);
}

#[cfg(unix)]
#[test]
fn a_part_that_is_a_link_is_not_written_through() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::of(bytes(SIZE));
    let precious = dir.path().join("precious");
    std::fs::write(&precious, "mine").unwrap();
    std::fs::create_dir(dir.path().join("toy")).unwrap();
    std::os::unix::fs::symlink(&precious, dir.path().join("toy/data.bin.part")).unwrap();
    let message = failure(&plain(&bytes(SIZE), &[server.url("x")]), dir.path(), &config());
    assert!(
        message
            .ends_with("data.bin.part could not be opened: it is a link, expected a regular file"),
        "{message}"
    );
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
}
