//! Documents of policies: YAML as trees with line and column. Scalars are resolved as YAML 1.1 does, which is what AIGC
//! reads; what two readers could take for different things is refused.

mod build;
mod place;
mod scalar;
mod tree;

pub use build::read;
pub use place::{Place, YamlError};
pub use tree::{Content, Key, Node};

#[cfg(test)]
mod tests;
