/** The same as a core module. */
import "./talk";
