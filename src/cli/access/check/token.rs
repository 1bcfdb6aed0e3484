//! What a token gives, as the daemon says: no configuration file knows that.

use std::time::{SystemTime, UNIX_EPOCH};

use indelible_access::{Binding, Method, Principal, Reach, Role, SourcePattern};
use indelible_proto::v1::{ListTokensRequest, Token};

use crate::cli::{error::CliError, session::Session, ui::time};

const PAGE_SIZE: i32 = 1_000;

/// What a token gives.
pub(super) enum Given {
    /// Roles in places.
    Bindings(Vec<Binding>),
    /// Nothing, and why.
    Nothing(String),
    /// Nobody could say, and why.
    Unknown(String),
}

/// Asks the daemon for it. `methods` are the ways in which it takes callers.
pub(super) async fn given(session: &Session, principal: &Principal, methods: &[Method]) -> Given {
    match find(session, principal).await {
        Ok(Found::Token(token)) => of(&token, principal, methods),
        Ok(Found::Nowhere) => Given::Nothing(format!(
            "The daemon at {} knows no such token, or it ended more than 30 days ago.",
            session.connection.address()
        )),
        Ok(Found::NotShown) => Given::Unknown(format!(
            "The daemon at {} shows you no such token, and does not show you all: ask an administrator of the store.",
            session.connection.address()
        )),
        Err(error) => Given::Unknown(format!(
            "What a token gives is known to its daemon alone, and the one at {} could not be asked: {error}",
            session.connection.address()
        )),
    }
}

/// Whether the daemon shows a token.
enum Found {
    Token(Box<Token>),
    /// It shows all, and this is not among them.
    Nowhere,
    /// It shows some.
    NotShown,
}

async fn find(session: &Session, principal: &Principal) -> Result<Found, CliError> {
    let mut client = session.connection.open_access().await?;
    let mut page_token = String::new();
    loop {
        let request = session.connection.request(ListTokensRequest {
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_tokens(request).await?.into_inner();
        let is_it = |token: &Token| principal.as_str() == format!("token:{}", token.token_id);
        if let Some(found) = page.tokens.into_iter().find(is_it) {
            return Ok(Found::Token(Box::new(found)));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(match page.of_all {
                true => Found::Nowhere,
                false => Found::NotShown,
            });
        }
    }
}

fn of(token: &Token, principal: &Principal, methods: &[Method]) -> Given {
    if let Some(revocation) = &token.revocation {
        let when = time::for_people(revocation.recorded_time.as_ref());
        return Given::Nothing(format!("The token was revoked at {when}."));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let expires = token.expire_time.as_ref().map_or(0, |time| time.seconds);
    if u64::try_from(expires).unwrap_or_default() <= now {
        let when = time::for_people(token.expire_time.as_ref());
        return Given::Nothing(format!("The token has expired at {when}."));
    }
    let is_of_development = token.maker == Principal::insecure_local().as_str();
    if is_of_development && !methods.contains(&Method::Nothing) {
        return Given::Nothing(
            "The token was made in development mode, and counts there only.".to_owned(),
        );
    }
    match bindings(token, principal) {
        Some(bindings) => Given::Bindings(bindings),
        None => Given::Unknown(
            "The token has roles or places that this program does not know.".to_owned(),
        ),
    }
}

fn bindings(token: &Token, principal: &Principal) -> Option<Vec<Binding>> {
    let sources: Option<Vec<_>> = token
        .sources
        .iter()
        .map(|source| SourcePattern::parse(source).ok())
        .collect();
    let sources = sources?;
    let mut bindings = Vec::new();
    for role in &token.roles {
        let role = Role::from_name(role)?;
        for place in &token.on {
            let reach = Reach::parse(place).ok()?;
            let mut binding = Binding::new(principal.clone(), role, reach);
            if role == Role::Writer {
                binding.sources.clone_from(&sources);
            }
            bindings.push(binding);
        }
    }
    Some(bindings)
}

#[cfg(test)]
mod tests {
    use indelible_proto::{time::Timestamp, v1::TokenRevocation};

    use super::*;

    fn token(seconds_from_now: i64) -> Token {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        Token {
            token_id: "4Kd02Lmx".to_owned(),
            roles: vec!["writer".to_owned(), "reader".to_owned()],
            on: vec!["pay*".to_owned()],
            sources: vec!["urn:a*".to_owned()],
            maker: "dns:admin.example".to_owned(),
            expire_time: Some(Timestamp {
                seconds: now + seconds_from_now,
                nanos: 0,
            }),
            ..Token::default()
        }
    }

    fn told(token: &Token) -> String {
        let principal = Principal::token("4Kd02Lmx").unwrap();
        match of(token, &principal, &[Method::Certificate]) {
            Given::Bindings(bindings) => {
                let all: Vec<_> = bindings.iter().map(ToString::to_string).collect();
                all.join("; ")
            }
            Given::Nothing(why) | Given::Unknown(why) => why,
        }
    }

    #[test]
    fn a_token_gives_what_it_says_while_it_counts() {
        assert_eq!(
            told(&token(60)),
            "token:4Kd02Lmx is writer on pay* for urn:a*; token:4Kd02Lmx is reader on pay*"
        );
        assert!(told(&token(-60)).contains("has expired"));
        let revoked = Token {
            revocation: Some(TokenRevocation::default()),
            ..token(60)
        };
        assert!(told(&revoked).contains("was revoked"));
        let of_development = Token {
            maker: "insecure:local".to_owned(),
            ..token(60)
        };
        assert!(told(&of_development).contains("counts there only"));
        let newer = Token {
            roles: vec!["king".to_owned()],
            ..token(60)
        };
        assert!(told(&newer).contains("does not know"));
    }
}
