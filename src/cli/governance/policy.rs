//! `indelible policy`: policies and bindings.

use std::{fmt, fs, path::PathBuf};

use clap::{Args, Subcommand};
use indelible_proto::v1::{
    BindPolicyRequest, BindingTarget, GetPolicyRequest, ListPoliciesRequest, PolicyBinding,
    PolicyDocument, PolicyKind, RegisterPolicyRequest,
};
use serde::Serialize;

use super::{
    compliance::Compliance,
    diff::Diff,
    figures::Baseline,
    kind::Kind,
    lint::{Lint, Validate},
    recorded,
    replay::{artifacts::Artifacts, calibrate::Calibrate, explain::Explain},
    table,
    trial::Test,
};
use crate::cli::{error::CliError, keys::recorded::Recorded, session::Session};

/// Register policies, put them in force, list and check them
///
/// A policy says what agents may do. It is in force nowhere before a binding names it.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    Add(Add),
    Bind(Box<Bind>),
    Baseline(Baseline),
    List(List),
    Show(Show),
    Lint(Lint),
    Validate(Validate),
    Test(Test),
    Compliance(Compliance),
    Artifacts(Artifacts),
    Calibrate(Calibrate),
    Diff(Diff),
    Explain(Box<Explain>),
}

/// Register a policy, and print the digest by which bindings name it
///
/// Give the policy first, and then the bases that it extends and that are not registered yet. Documents have the names of
/// their files.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Name or origin
    ledger: String,
    /// The kind
    #[arg(long, value_enum)]
    kind: Kind,
    /// The documents
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Put policies in force for some requests, or for all
///
/// A name that ends in * is a prefix. Of two bindings the more specific governs: by the agent, then the principal, then the
/// act. A binding of the same name is replaced.
#[derive(Debug, Args)]
pub(crate) struct Bind {
    /// Name or origin
    ledger: String,
    /// The binding's name
    name: String,
    /// The digest of a policy of the kind aigc
    #[arg(long, value_name = "DIGEST", required_unless_present_any = ["gate", "aegis"])]
    aigc: Option<String>,
    /// The digest of a policy of the kind gate
    #[arg(long, value_name = "DIGEST")]
    gate: Option<String>,
    /// The digest of a policy of the kind aegis
    #[arg(long, value_name = "DIGEST")]
    aegis: Option<String>,
    /// For requests of these agents only
    #[arg(long, value_name = "NAME", default_value = "*")]
    agent: String,
    /// For requests of these principals only
    #[arg(long, value_name = "NAME", default_value = "*")]
    principal: String,
    /// For these acts only
    #[arg(long, value_name = "NAME", default_value = "*")]
    act: String,
    /// Whose rules hold: `aigc-0.3` for AIGC's own where they have a hole, `aegis` to take unknown keys of a policy of that kind
    #[arg(long, value_name = "RULES", default_value = "default")]
    compatibility: String,
    /// AIGC's strict mode
    #[arg(long)]
    strict: bool,
    /// Only record what decisions would be: nothing is refused, taken or counted
    #[arg(long)]
    shadow: bool,
}

/// List the policies that are registered and the bindings
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

/// Show the documents of a policy
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name or origin
    ledger: String,
    /// Its digest
    digest: String,
}

impl PolicyCommand {
    /// Whether it asks a daemon.
    pub(crate) fn calls_a_daemon(&self) -> bool {
        match self {
            Self::Add(_) | Self::Bind(_) | Self::Baseline(_) | Self::List(_) | Self::Show(_) => {
                true
            }
            Self::Explain(command) => command.calls_a_daemon(),
            Self::Compliance(command) => command.calls_a_daemon(),
            Self::Lint(_)
            | Self::Validate(_)
            | Self::Test(_)
            | Self::Artifacts(_)
            | Self::Calibrate(_)
            | Self::Diff(_) => false,
        }
    }

    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Add(command) => command.run(session).await,
            Self::Bind(command) => command.run(session).await,
            Self::Baseline(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Lint(command) => command.run(session),
            Self::Validate(command) => command.run(session),
            Self::Test(command) => command.run(session),
            Self::Compliance(command) => command.run(session).await,
            Self::Artifacts(command) => command.run(session),
            Self::Calibrate(command) => command.run(session),
            Self::Diff(command) => command.run(session),
            Self::Explain(command) => command.run(session).await,
        }
    }
}

impl Add {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let document = |path: &PathBuf| {
            let content = fs::read(path).map_err(|source| CliError::file(path, source))?;
            let name = path.file_name().unwrap_or(path.as_os_str());
            Ok(PolicyDocument {
                name: name.to_string_lossy().into_owned(),
                content: content.into(),
            })
        };
        let documents = self.files.iter().map(document);
        let documents = documents.collect::<Result<_, CliError>>()?;
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(RegisterPolicyRequest {
            ledger: self.ledger,
            kind: PolicyKind::from(self.kind).into(),
            documents,
        });
        let answer = client.register_policy(request).await?.into_inner();
        session.output.answer(&Added {
            digest: answer.digest,
            already_registered: answer.already_registered,
            recorded: recorded(answer.place),
        })
    }
}

#[derive(Serialize)]
struct Added {
    digest: String,
    already_registered: bool,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row("digest", &self.digest);
            self.recorded.rows(table);
        })
    }
}

impl Bind {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(BindPolicyRequest {
            ledger: self.ledger,
            binding: Some(PolicyBinding {
                name: self.name,
                target: Some(BindingTarget {
                    agent: self.agent,
                    principal: self.principal,
                    act: self.act,
                }),
                aigc: self.aigc.unwrap_or_default(),
                gate: self.gate.unwrap_or_default(),
                aegis: self.aegis.unwrap_or_default(),
                compatibility: self.compatibility,
                strict_mode: self.strict,
                shadow: self.shadow,
                ..PolicyBinding::default()
            }),
        });
        let answer = client.bind_policy(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = ListPoliciesRequest {
            ledger: self.ledger,
        };
        let request = session.connection.request(request);
        let answer = client.list_policies(request).await?.into_inner();
        for binding in answer.bindings {
            let target = binding.target.unwrap_or_default();
            session.output.item(&Bound {
                binding: binding.name,
                sequence: binding.sequence,
                agent: or_any(target.agent),
                principal: or_any(target.principal),
                act: or_any(target.act),
                aigc: binding.aigc,
                gate: binding.gate,
                aegis: binding.aegis,
                shadow: binding.shadow,
            })?;
        }
        for policy in answer.policies {
            let kind = match policy.kind() {
                PolicyKind::Aigc => "aigc",
                PolicyKind::Gate => "gate",
                PolicyKind::Aegis => "aegis",
                PolicyKind::Unspecified => "unknown",
            };
            session.output.item(&Registered {
                policy: policy.digest,
                kind,
                sequence: policy.sequence,
                documents: policy.documents,
            })?;
        }
        Ok(())
    }
}

fn or_any(text: String) -> String {
    match text.is_empty() {
        true => "*".to_owned(),
        false => text,
    }
}

#[derive(Serialize)]
struct Bound {
    binding: String,
    sequence: u64,
    agent: String,
    principal: String,
    act: String,
    aigc: String,
    gate: String,
    aegis: String,
    shadow: bool,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("binding", &self.binding)
                .row("record", self.sequence)
                .row("agents", &self.agent)
                .row("principals", &self.principal)
                .row("acts", &self.act)
                .row_if("aigc", &self.aigc)
                .row_if("gate", &self.gate)
                .row_if("aegis", &self.aegis);
            if self.shadow {
                table.row("shadow", "yes: nothing is refused");
            }
        })
    }
}

#[derive(Serialize)]
struct Registered {
    policy: String,
    kind: &'static str,
    sequence: u64,
    documents: Vec<String>,
}

impl fmt::Display for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("policy", &self.policy)
                .row("kind", self.kind)
                .row("record", self.sequence)
                .row("documents", self.documents.join(" "));
        })
    }
}

impl Show {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(GetPolicyRequest {
            ledger: self.ledger,
            digest: self.digest,
        });
        let answer = client.get_policy(request).await?.into_inner();
        for document in answer.documents {
            session.output.item(&Document {
                name: document.name,
                content: String::from_utf8_lossy(&document.content).into_owned(),
            })?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Document {
    name: String,
    content: String,
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = crate::cli::ui::table::printable(self.content.trim_end());
        write!(f, "# {}\n{content}", self.name)
    }
}
