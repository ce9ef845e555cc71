//! The examples run as processes and are tested with curl.

#[cfg(test)]
mod apikeys;
#[cfg(test)]
mod curl;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod misconfiguration;
#[cfg(test)]
mod process;
#[cfg(test)]
mod quickstart;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod resource_server;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod storefront;
