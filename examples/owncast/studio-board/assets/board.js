const clock = document.querySelector(".board time");
if (clock) {
  const show = () => { clock.textContent = new Date().toLocaleTimeString(); };
  show();
  setInterval(show, 1000);
}
