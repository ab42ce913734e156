//! The only code that takes requests apart. What cannot be read becomes a [`WebError`], never a bare text answer.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use memchr::memmem;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::commands::devices::Client;
use crate::domain::user::User;
use crate::web::plumbing::devices::passes;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::layers::{Identity, client_address};
use crate::web::plumbing::typed::Typed;

/// Typed parts of the path; what does not parse does not exist.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(inner)| Self(inner))
            .map_err(|_| WebError::NotFound)
    }
}

/// Typed query; all fields have defaults, so a strange query is the page without filters.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Default + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map_or_else(|_| Self(T::default()), |axum::extract::Query(inner)| Self(inner)))
    }
}

/// A posted form. What was typed into it is kept for the page of an error.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = sealed(request, state).await?;
        let request = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        if let Some(typed) = parts.extensions.get::<Typed>()
            && let Ok(axum::extract::Form(fields)) = axum::extract::Form::from_request(request(), state).await
        {
            typed.keep(fields);
        }
        match axum::extract::Form::<T>::from_request(request(), state).await {
            Ok(axum::extract::Form(inner)) => Ok(Self(inner)),
            Err(rejection) => Err(refused(rejection.status())),
        }
    }
}

/// Digits of a nonce that stay in front of the digest at least.
const NONCE_KEPT: usize = 15;

/// Puts a digest of the whole form behind its nonce: the same form sent twice counts once, and another text from a page
/// with the same nonce (two tabs may show the same rendered page) is another form.
async fn sealed<S: Send + Sync>(request: Request, state: &S) -> Result<(Parts, Bytes), WebError> {
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state)
        .await
        .map_err(|rejection| refused(rejection.status()))?;
    let begins = body.strip_prefix(b"nonce=").map(|_| 0);
    let Some(begin) = begins.or_else(|| memmem::find(&body, b"&nonce=").map(|at| at + 1)) else {
        return Ok((parts, body));
    };
    let end = memchr::memchr(b'&', &body[begin..]).map_or(body.len(), |at| begin + at);
    let nonce = begin + b"nonce=".len();
    let mut sealed = body[..nonce].to_vec();
    // A form without a nonce is not counted at all.
    if end > nonce {
        // In any order: a form that was kept over a log-in is sent with its fields in another one.
        let mut pairs: Vec<&[u8]> = body.split(|byte| *byte == b'&').collect();
        pairs.sort_unstable();
        let seal = seal(&pairs);
        // Ours are long enough to be replaced, so that the form does not grow beyond its limit.
        let kept = if end - nonce >= seal.len() + NONCE_KEPT { end - seal.len() } else { end };
        sealed.extend_from_slice(&body[nonce..kept]);
        sealed.extend_from_slice(seal.as_bytes());
    }
    sealed.extend_from_slice(&body[end..]);
    Ok((parts, Bytes::from(sealed)))
}

/// What is put behind a nonce: a dash and a digest of everything that was sent with it.
pub(in crate::web) fn seal(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    format!("-{}", hex::encode(&digest.finalize()[..8]))
}

fn refused(status: StatusCode) -> WebError {
    if status == StatusCode::PAYLOAD_TOO_LARGE { WebError::TooLarge { most_bytes: None } } else { WebError::BadRequest }
}

/// A posted form with files.
pub struct Multipart(pub axum::extract::Multipart);

impl<S: Send + Sync> FromRequest<S> for Multipart {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        axum::extract::Multipart::from_request(request, state)
            .await
            .map(Self)
            .map_err(|rejection| refused(rejection.status()))
    }
}

/// The person who is logged in. Routes with a permission above `Anyone` always have one.
pub struct CurrentUser(pub User);

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Identity>()
            .and_then(|identity| identity.user.clone())
            .map(Self)
            .ok_or(WebError::LoggedOut)
    }
}

/// Where a try to log in comes from.
pub struct Trier(pub Client);

impl<S: Send + Sync> FromRequestParts<S> for Trier {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Client { address: client_address(parts), passes: passes(&parts.headers) }))
    }
}
