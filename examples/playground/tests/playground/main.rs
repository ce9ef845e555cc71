//! The program over real sockets: each route with each kind of caller, and how logins start, go on and end.

#[cfg(test)]
mod client;
#[cfg(test)]
mod login;
#[cfg(test)]
mod page;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod session;
