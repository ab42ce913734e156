//! Routes are registered together with who may call them: there is no way to register a handler without a [`Permission`].

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use http::{Method, StatusCode};
use std::convert::Infallible;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::timeout::TimeoutLayer;
use tower_sessions::Session;

use crate::domain::user::Role;
use crate::web::paths;
use crate::web::plumbing::body;
use crate::web::plumbing::error::WebError;
use crate::web::plumbing::kept::{self, Kept};
use crate::web::plumbing::layers::Identity;
use crate::web::plumbing::page_cache;
use crate::web::plumbing::state::Web;
use crate::web::{FORM_BYTES, HANDLER_LIMIT, UPLOAD_LIMIT};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Anybody, also without an account.
    Anyone,
    /// Anybody who is logged in.
    Viewer,
    /// Operators and above.
    Operator,
    /// Leads and above.
    Lead,
    /// Administrators.
    Admin,
}

impl Permission {
    /// The weakest role that has it; `None`: no account is needed.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Anyone => None,
            Self::Viewer => Some(Role::Viewer),
            Self::Operator => Some(Role::Operator),
            Self::Lead => Some(Role::Lead),
            Self::Admin => Some(Role::Admin),
        }
    }
}

/// One line of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Method.
    pub method: Method,
    /// Pattern.
    pub path: &'static str,
    /// Who may call it.
    pub permission: Permission,
}

type Wire = Box<dyn FnOnce(Router<Web>, &Web) -> Router<Web> + Send>;

/// Routes under construction.
#[derive(Default)]
pub struct Routes {
    table: Vec<Registered>,
    wires: Vec<Wire>,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether that is the path of a route with that method.
    #[must_use]
    pub fn has(&self, method: &Method, path: &str) -> bool {
        self.table().iter().any(|route| route.method == *method && paths::fits(route.path, path))
    }

    /// A page that many have open at once: what was rendered a moment ago is sent again, see [`crate::web::plumbing::page_cache`].
    #[must_use]
    pub fn page<H, T>(self, path: &'static str, permission: Permission, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.wire(Method::GET, path, permission, (FORM_BYTES, HANDLER_LIMIT), |web| {
            get(handler).layer::<_, Infallible>(middleware::from_fn_with_state(web.clone(), page_cache::keep))
        })
    }

    /// A page or another answer that changes nothing.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, permission: Permission, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::GET, path, permission, (FORM_BYTES, HANDLER_LIMIT), get(handler))
    }

    /// A form.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, permission: Permission, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, permission, (FORM_BYTES, HANDLER_LIMIT), post(handler))
    }

    /// A form with files up to `limit` bytes.
    #[must_use]
    pub fn upload<H, T>(self, path: &'static str, permission: Permission, limit: usize, handler: H) -> Self
    where
        H: Handler<T, Web>,
        T: 'static,
    {
        self.add(Method::POST, path, permission, (limit, UPLOAD_LIMIT), post(handler))
    }

    /// The table, for tests and documentation.
    #[must_use]
    pub fn table(&self) -> &[Registered] {
        &self.table
    }

    fn add(
        self,
        method: Method,
        path: &'static str,
        permission: Permission,
        limits: (usize, Duration),
        route: MethodRouter<Web>,
    ) -> Self {
        self.wire(method, path, permission, limits, |_| route)
    }

    fn wire(
        mut self,
        method: Method,
        path: &'static str,
        permission: Permission,
        (bytes, time): (usize, Duration),
        route: impl FnOnce(&Web) -> MethodRouter<Web> + Send + 'static,
    ) -> Self {
        self.table.push(Registered { method, path, permission });
        self.wires.push(Box::new(move |router, web| {
            // From the outside in.
            let layers = ServiceBuilder::new()
                .layer(middleware::from_fn_with_state((web.clone(), permission), guard))
                .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time))
                .layer(middleware::from_fn(move |request, next| body::refuse_large(bytes, request, next)))
                .layer(DefaultBodyLimit::max(bytes));
            let guarded = route(web).layer::<_, Infallible>(layers);
            router.route(path, guarded)
        }));
        self
    }

    pub(in crate::web) fn into_router(self, web: &Web) -> Router<Web> {
        self.wires.into_iter().fold(Router::new(), |router, wire| wire(router, web))
    }
}

/// Lets a request through if the person who sends it may.
async fn guard(State((web, permission)): State<(Web, Permission)>, request: Request, next: Next) -> Response {
    let Some(needed) = permission.role() else { return next.run(request).await };
    let identity = request.extensions().get::<Identity>().cloned().unwrap_or_default();
    match identity.user {
        None if request.method() == Method::GET => {
            let asked = request.uri().path_and_query().map_or(paths::OVERVIEW, |asked| asked.as_str());
            Redirect::to(&format!("{}{}", web.prefix(), paths::login_then(asked))).into_response()
        }
        None => kept::ask_to_log_in(&web, request).await,
        Some(user) if user.role < needed => WebError::Forbidden { needed, has: user.role }.into_response(),
        Some(_) => forget_kept(request, next).await,
    }
}

/// Lets it through; a form that was kept is not offered any more when it was taken.
async fn forget_kept(request: Request, next: Next) -> Response {
    let session = (request.method() == Method::POST).then(|| request.extensions().get::<Session>().cloned()).flatten();
    let kept = match &session {
        Some(session) => Kept::of(session).await.filter(|kept| kept.was_sent_to(request.uri().path())),
        None => None,
    };
    let response = next.run(request).await;
    if let (Some(session), Some(_), true) = (session, kept, response.status().is_redirection())
        && let Err(error) = Kept::forget(&session).await
    {
        return error.into_response();
    }
    response
}
