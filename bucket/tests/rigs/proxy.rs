//! A proxy that passes requests on as they are, but for those that a rule is about.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What is done to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It is answered with an error of this status and code, and goes no further.
    Refuse(u16, &'static str),
    /// It goes no further, and nobody answers.
    Hang,
    /// It is carried out, and the connection breaks off before the answer.
    Unanswered,
    /// The answer breaks off in the middle of its body.
    CutAnswer,
    /// It is passed on without a header.
    Without(&'static str),
    /// Of the answer, a header is left out.
    AnswerWithout(&'static str),
    /// Each byte of the answer's body has another bit.
    AnswerFlipped,
    /// The answer's object was written so many seconds earlier than it was.
    LaterBy(i64),
}

/// Which requests, and what is done to them.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    method: &'static str,
    path: String,
    skip: u32,
    times: u32,
    act: Act,
}

/// A rule for all requests of a method whose path and query contain this.
pub(crate) fn rule(method: &'static str, path: &str, act: Act) -> Rule {
    Rule {
        method,
        path: path.to_owned(),
        skip: 0,
        times: u32::MAX,
        act,
    }
}

impl Rule {
    /// For so many of them only.
    pub(crate) fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    /// After so many of them.
    pub(crate) fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }
}

/// A proxy on this machine. Its threads end with the test's process.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    seen: Vec<String>,
}

impl Proxy {
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || {
                    // A client that breaks off ends its thread.
                    let _ended = serve(client, server, &state);
                });
            }
        });
        Self { port, state }
    }

    /// Does this from now on, beside what it does already.
    pub(crate) fn add(&self, rule: Rule) {
        self.state.lock().unwrap().rules.push(rule);
    }

    /// Passes everything on again.
    pub(crate) fn clear(&self) {
        self.state.lock().unwrap().rules.clear();
    }

    /// The requests since this was asked last: method, path and query.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen)
    }
}

struct Request {
    line: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end() {
            "" => break,
            header => headers.push(header.to_owned()),
        }
    }
    let length = headers.iter().find_map(|header| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line: line.trim_end().to_owned(),
        headers,
        body,
    })
}

fn act(state: &Mutex<State>, line: &str) -> Option<Act> {
    let mut parts = line.split(' ');
    let (method, path) = (parts.next()?, parts.next()?);
    let mut state = state.lock().unwrap();
    state.seen.push(format!("{method} {path}"));
    let rule = state
        .rules
        .iter_mut()
        .find(|rule| rule.method == method && path.contains(&rule.path) && rule.times > 0)?;
    if rule.skip > 0 {
        rule.skip -= 1;
        return None;
    }
    rule.times -= 1;
    Some(rule.act.clone())
}

fn serve(client: TcpStream, server: u16, state: &Mutex<State>) -> Option<()> {
    let mut writer = client.try_clone().ok()?;
    let mut reader = BufReader::new(client);
    while let Some(mut request) = read(&mut reader) {
        let act = act(state, &request.line);
        match &act {
            Some(Act::Refuse(status, code)) => {
                refuse(&mut writer, &request.line, *status, code)?;
                continue;
            }
            Some(Act::Hang) => {
                thread::sleep(Duration::from_secs(120));
                return None;
            }
            Some(Act::Without(name)) => request
                .headers
                .retain(|header| !header.to_ascii_lowercase().starts_with(&format!("{name}:"))),
            _ => {}
        }
        let answer = passed_on(&request, server)?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        match act {
            Some(Act::Unanswered) => {
                let _closed = writer.shutdown(Shutdown::Both);
                return None;
            }
            Some(Act::CutAnswer) => {
                let cut = end + (answer.len() - end) / 2;
                writer.write_all(&answer[..cut]).ok()?;
                let _closed = writer.shutdown(Shutdown::Both);
                return None;
            }
            Some(Act::AnswerWithout(name)) => {
                let head = String::from_utf8_lossy(&answer[..end - 4]).into_owned();
                let kept = head
                    .split("\r\n")
                    .filter(|line| !line.to_ascii_lowercase().starts_with(&format!("{name}:")));
                let head = kept.collect::<Vec<_>>().join("\r\n") + "\r\n\r\n";
                writer.write_all(head.as_bytes()).ok()?;
                writer.write_all(&answer[end..]).ok()?;
            }
            Some(Act::AnswerFlipped) => {
                let mut answer = answer;
                answer[end..].iter_mut().for_each(|byte| *byte ^= 1);
                writer.write_all(&answer).ok()?;
            }
            Some(Act::LaterBy(seconds)) => {
                let head = String::from_utf8_lossy(&answer[..end - 4]).into_owned();
                let lines = head.split("\r\n").map(|line| match line.split_once(": ") {
                    Some((name, _)) if name.eq_ignore_ascii_case("last-modified") => {
                        format!("{name}: {}", before_now(seconds))
                    }
                    _ => line.to_owned(),
                });
                let head = lines.collect::<Vec<_>>().join("\r\n") + "\r\n\r\n";
                writer.write_all(head.as_bytes()).ok()?;
            }
            _ => writer.write_all(&answer).ok()?,
        }
        // The server was asked to close, and says so.
        return None;
    }
    None
}

/// Answers with an error. One to HEAD has no body.
fn refuse(writer: &mut TcpStream, line: &str, status: u16, code: &str) -> Option<()> {
    let body =
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
    write!(
        writer,
        "HTTP/1.1 {status} x\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .ok()?;
    match line.starts_with("HEAD ") {
        true => Some(()),
        false => writer.write_all(body.as_bytes()).ok(),
    }
}

fn passed_on(request: &Request, server: u16) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", server)).ok()?;
    let mut head = format!("{}\r\nConnection: close\r\n", request.line);
    for header in &request.headers {
        if !header.to_ascii_lowercase().starts_with("connection:") {
            head.push_str(header);
            head.push_str("\r\n");
        }
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&request.body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// So many seconds ago, as HTTP writes it.
fn before_now(seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = i64::try_from(now.unwrap().as_secs()).unwrap() - seconds;
    let (day, within) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    // Howard Hinnant's civil_from_days.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month_number = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month_number <= 2);
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    format!(
        "{}, {day_of_month:02} {} {year} {:02}:{:02}:{:02} GMT",
        weekdays[usize::try_from(day.rem_euclid(7)).unwrap()],
        months[usize::try_from(month_number - 1).unwrap()],
        within / 3_600,
        within / 60 % 60,
        within % 60
    )
}
