<?php // a mark of the platform
