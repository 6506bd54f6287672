// Media Station X asks this page for content; see its wiki, "Interaction Plugin".
function page(now) {
  return {
    type: "pages",
    headline: "Clock",
    pages: [{
      items: [{
        type: "space",
        layout: "0,0,12,6",
        headline: now.toLocaleTimeString(),
        text: now.toLocaleDateString(),
      }],
    }],
  };
}

if (typeof TVXPluginTools !== "undefined") {
  TVXPluginTools.onReady(function () {
    TVXInteractionPlugin.setupHandler({
      handleRequest: function (dataId, data, callback) {
        callback(page(new Date()));
      },
    });
    TVXInteractionPlugin.init();
  });
}
