"use strict";
// Shows notifications about orders, and opens the order at a tap. It keeps nothing.
self.addEventListener("push", (event) => {
  let news = {};
  try {
    news = event.data.json();
  } catch {} // nothing readable: a browser wants something shown all the same
  event.waitUntil(
    self.registration.showNotification(news.title || "✓", {
      body: news.body,
      icon: news.icon,
      badge: news.icon,
      tag: news.tag, // the same message twice is one notification
      dir: "auto",
      data: { url: news.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  const url = event.notification.data?.url;
  event.notification.close();
  if (!/^https?:/.test(url || "")) return;
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((pages) => {
      const open = pages.find((page) => page.url.split(/[?#]/)[0] === url.split(/[?#]/)[0]);
      return open ? open.focus() : self.clients.openWindow(url);
    }),
  );
});
