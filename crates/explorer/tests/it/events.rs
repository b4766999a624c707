//! The events: what was recorded comes again, a reader goes on where it was, and one that fell behind starts over.

use std::time::Duration;

use countersign_explorer::Limits;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{Event, Events, World, ask};

async fn ask_for_keys(world: &World) {
    ask(&world.front, "GET /jwks", &[], None).await.expect(200);
}

fn ids(events: &[Event]) -> Vec<u64> {
    let exchanges = events.iter().filter(|event| event.name == "exchange");
    exchanges.map(|event| event.data["id"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_reader_gets_everything_and_one_that_comes_back_what_it_missed() {
    let world = World::new().await;
    for _ in 0..3 {
        ask_for_keys(&world).await;
    }
    let mut events = world.events().await;
    let first = events.so_far();
    assert_eq!(ids(&first), [1, 2, 3]);
    assert!(first.iter().any(|event| event.name == "clock") && first.iter().any(|event| event.name == "faults"));
    let numbers: Vec<u64> = first.iter().map(|event| event.id.unwrap()).collect();
    assert!(numbers.is_sorted());

    ask_for_keys(&world).await;
    assert_eq!(events.exchange(|exchange| exchange["took"].is_number()).await["id"], 4);

    let mut back = Events::open(&world.front, numbers.last().copied()).await;
    let missed = back.so_far();
    assert_eq!(ids(&missed), [4], "{missed:?}");
    let mut nothing = Events::open(&world.front, missed.last().unwrap().id).await;
    assert!(nothing.so_far().is_empty());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_fell_behind_or_knew_another_process_starts_over() {
    let world = World::with(Limits { exchanges: 3, bytes: usize::MAX }).await;
    ask_for_keys(&world).await;
    let seen = world.events().await.so_far().last().unwrap().id;
    for _ in 0..5 {
        ask_for_keys(&world).await;
    }
    for last in [seen, Some(1), Some(u64::MAX)] {
        let events = Events::open(&world.front, last).await.so_far();
        assert_eq!(events[0].name, "reset", "{last:?}");
        assert_eq!(ids(&events), [4, 5, 6], "{last:?}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_tells_every_reader_and_keeps_the_numbers() {
    let world = World::new().await;
    ask_for_keys(&world).await;
    let mut events = world.events().await;
    events.so_far();
    world.ask("POST /explore/api/clear", Some(json!({}))).await.expect(204);
    assert_eq!(events.next().await.unwrap().name, "reset");
    assert!(world.exchanges().await.is_empty());
    ask_for_keys(&world).await;
    assert_eq!(events.exchange(|_| true).await["id"], 2);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_in_number_and_in_bytes() {
    let world = World::with(Limits { exchanges: 100, bytes: 200_000 }).await;
    for _ in 0..10 {
        let form = format!("grant_type=refresh_token&refresh_token={}", "x".repeat(40_000));
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = http::Request::post("/token").header(headers[0].0, headers[0].1);
        crate::support::bare(&world.front, request.body(form.into()).unwrap()).await;
    }
    let kept = world.exchanges().await;
    assert!((3..=4).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept.last().unwrap()["id"], 10);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_places_for_a_few_readers() {
    let world = World::new().await;
    let mut readers = Vec::new();
    for _ in 0..32 {
        readers.push(world.events().await);
    }
    let refused = world.ask("GET /explore/api/events", None).await.expect(503);
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    readers.pop();
    world.events().await;
    world.stop().await;
}

/// A page's connection, when its stream has begun.
async fn page(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
    stream.write_all(b"GET /explore/api/events HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_closed_makes_room_before_anything_is_sent_to_it() {
    let world = World::new().await;
    let mut pages = Vec::new();
    for _ in 0..32 {
        pages.push(page(&world).await);
    }
    world.ask("GET /explore/api/events", None).await.expect(503);
    drop(pages);
    let there_is_room = async {
        while Events::try_open(&world.front, None).await.is_none() {
            tokio::task::yield_now().await;
        }
    };
    // A page that is still there would hear something after 15 seconds, and be noticed then.
    tokio::time::timeout(Duration::from_secs(10), there_is_room).await.unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_when_the_system_stops() {
    let world = World::new().await;
    let mut events = world.events().await;
    events.so_far();
    let mut pages = [page(&world).await, page(&world).await];
    world.stop().await;
    assert!(events.next().await.is_none());
    for page in &mut pages {
        let mut rest = Vec::new();
        page.read_to_end(&mut rest).await.unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "it ends in order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_when_it_comes_and_again_when_it_is_answered() {
    let world = World::new().await;
    let mut events = world.events().await;
    events.so_far();
    // Nothing is read between the two, so only the newer state is told; its number is the later one.
    ask_for_keys(&world).await;
    let told: Vec<Value> = events.so_far().into_iter().map(|event| event.data).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0]["took"].is_number() && told[0]["response"]["status"] == 200);
    world.stop().await;
}
